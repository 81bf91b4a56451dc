/* `lock …`: a PIN over the profile, a second profile, a word that wipes. No other process may have the profile open meanwhile. */
import { existsSync } from "node:fs";
import { type Change, folderLock, type Lock, type Unlocked } from "@chapar/client/node";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { unlockWith } from "../lock/pass-lock.ts";
import { readNewPin, readPin, type SecretSource } from "../lock/secret.ts";
import type { Run } from "../run.ts";

const sourceOf = (run: Run): SecretSource => ({
  env: run.env,
  stdin: run.stdin,
  stderr: { write: (text) => run.out.progress(text.trimEnd()) },
});

function lockOf(run: Run): Lock {
  if (!existsSync(run.profileDir)) throw new TermError("term/no-profile", { profile: run.profileDir });
  return folderLock(run.profileDir, { nowMs: () => Date.now() });
}

function made(change: Change): void {
  if (change === "done") return;
  const why = change === "taken" ? "it is in use already" : "there is no room for another profile";
  throw new TermError("term/bad-pin", { why });
}

/** Opens the lock for a change. @throws TermError `term/no-lock` there is none, or it is off */
async function opened(run: Run, lock: Lock): Promise<Unlocked> {
  if ((await lock.state()) !== "locked") throw new TermError("term/no-lock");
  const unlocked = await unlockWith(run.profileDir, await readPin(sourceOf(run)));
  // After the word that wipes there is nobody here.
  if (unlocked === undefined) throw new TermError("term/no-profile", { profile: run.profileDir });
  return unlocked;
}

function say(run: Run, event: string, words: string): ExitCode {
  run.out.result({ event }, words);
  return ExitCode.ok;
}

export async function lockStatus(run: Run): Promise<ExitCode> {
  const state = await lockOf(run).state();
  const words = { none: "There is no lock.", locked: "A PIN opens this profile.", off: "The lock is taken off." };
  run.out.result({ event: "lock", state }, words[state]);
  return ExitCode.ok;
}

/** Puts a lock on, or on again. */
export async function lockOn(run: Run): Promise<ExitCode> {
  const lock = lockOf(run);
  const state = await lock.state();
  if (state === "locked")
    throw new TermError("term/bad-pin", { why: "there is a lock; `lock change` changes its PIN" });
  const pin = await readNewPin(sourceOf(run), "New PIN or passphrase");
  const off = state === "off" ? await lock.unlockOff() : undefined;
  if (off === undefined) await lock.setUp(pin);
  else made(await lock.putOn(off, pin));
  return say(
    run,
    "locked",
    "Everything in this folder is sealed under it. Without it, only recovery words and a backup help.",
  );
}

export async function lockChange(run: Run): Promise<ExitCode> {
  const lock = lockOf(run);
  const unlocked = await opened(run, lock);
  made(await lock.changePin(unlocked, await readNewPin(sourceOf(run), "New PIN or passphrase")));
  return say(run, "pin-changed", "From now on the new one opens it.");
}

export async function lockOff(run: Run): Promise<ExitCode> {
  const lock = lockOf(run);
  await lock.takeOff(await opened(run, lock));
  return say(run, "lock-off", "The profile opens by itself now. A second profile stays as it is.");
}

export async function lockDecoy(run: Run, options: { readonly remove?: true }): Promise<ExitCode> {
  const lock = lockOf(run);
  const unlocked = await opened(run, lock);
  if (options.remove === true) {
    await lock.removeDecoy(unlocked);
    return say(run, "decoy-removed", "Nothing opens the second profile any more.");
  }
  made(await lock.setDecoy(unlocked, await readNewPin(sourceOf(run), "PIN of the second profile")));
  return say(run, "decoy", "This PIN opens a second, empty profile. Join with it, and use it now and then.");
}

export async function lockWipeWord(run: Run, options: { readonly remove?: true }): Promise<ExitCode> {
  const lock = lockOf(run);
  const unlocked = await opened(run, lock);
  if (options.remove === true) {
    await lock.removeWipeWord(unlocked);
    return say(run, "wipe-word-removed", "No word wipes any more.");
  }
  made(await lock.setWipeWord(unlocked, await readNewPin(sourceOf(run), "Word that wipes")));
  return say(
    run,
    "wipe-word",
    "This word in place of the PIN destroys everything in the folder. Copies elsewhere stay.",
  );
}
