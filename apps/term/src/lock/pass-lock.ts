/* What stands before a locked profile: its PIN. Whoever attaches to a process that has the profile open is asked for none. */
import type { Unlocked } from "@chapar/client/node";
import { TermError } from "../errors.ts";
import type { OpenWith } from "../run.ts";
import { readPin, type SecretSource } from "./secret.ts";

/**
 * Tries a PIN at a folder's lock.
 *
 * @returns undefined when it was the word that wipes: there is nothing any more
 * @throws TermError `term/wrong-pin` · `term/too-soon`
 */
export async function unlockWith(profileDir: string, pin: string): Promise<Unlocked | undefined> {
  const { folderLock } = await import("@chapar/client/node");
  const attempt = await folderLock(profileDir, { nowMs: () => Date.now() }).unlock(pin);
  if (attempt.kind === "opened") return attempt;
  if (attempt.kind === "wiped") return undefined;
  const seconds = Math.ceil(attempt.waitMs / 1000);
  throw new TermError(attempt.kind === "wait" ? "term/too-soon" : "term/wrong-pin", { seconds });
}

/** How the profile of a folder is opened, asking for the PIN where it is locked. */
export async function passLock(profileDir: string, source: SecretSource): Promise<OpenWith> {
  const { folderLock, optionsOf } = await import("@chapar/client/node");
  const lock = folderLock(profileDir, { nowMs: () => Date.now() });
  const state = await lock.state();
  if (state === "none") return { profileDir };
  const unlocked = state === "off" ? await lock.unlockOff() : await unlockWith(profileDir, await readPin(source));
  return unlocked === undefined ? { profileDir } : optionsOf(profileDir, unlocked);
}
