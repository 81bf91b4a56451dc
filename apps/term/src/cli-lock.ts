/* The command line of the lock (protocol/19-device.md). */
import type { Command } from "commander";
import type { Shelf } from "./shelf.ts";

/** Adds it. */
export function addLockCommands(program: Command, shelf: Shelf): void {
  const { run, end } = shelf;
  const lock = program
    .command("lock")
    .description("A PIN over the profile: status, on, change, off, decoy, wipe-word.");
  const command = (usage: string, summary: string): Command =>
    shelf
      .command(lock.exitOverride(), usage, summary)
      .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)");

  command("status", "Say whether there is a lock.").action(async (options) => {
    const { lockStatus } = await import("./commands/lock.ts");
    end(await lockStatus(run(options)));
  });
  command("on", "Seal the profile under a PIN or passphrase.").action(async (options) => {
    const { lockOn } = await import("./commands/lock.ts");
    end(await lockOn(run(options)));
  });
  command("change", "Change the PIN.").action(async (options) => {
    const { lockChange } = await import("./commands/lock.ts");
    end(await lockChange(run(options)));
  });
  command("off", "Let the profile open by itself again.").action(async (options) => {
    const { lockOff } = await import("./commands/lock.ts");
    end(await lockOff(run(options)));
  });
  command("decoy", "Set a PIN that opens a second profile.")
    .option("--remove", "give the second profile up")
    .action(async (options) => {
      const { lockDecoy } = await import("./commands/lock.ts");
      end(await lockDecoy(run(options), options));
    });
  command("wipe-word", "Set a word that, typed in place of the PIN, destroys everything in the folder.")
    .option("--remove", "no such word any more")
    .action(async (options) => {
      const { lockWipeWord } = await import("./commands/lock.ts");
      end(await lockWipeWord(run(options), options));
    });
}
