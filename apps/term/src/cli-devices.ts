/* The command line of one person's devices: linking, the list, revoking (protocol/10-devices.md). */
import type { Command } from "commander";
import { type Shelf, waiting } from "./shelf.ts";

/** Adds them. */
export function addDeviceCommands(program: Command, shelf: Shelf): void {
  const { run, end } = shelf;
  const device = program.command("device").description("Your devices: list, link, add, rename, revoke.").exitOverride();
  const command = (usage: string, summary: string): Command =>
    shelf
      .command(device, usage, summary)
      .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)");

  command("list", "Print your devices, this one first.").action(async (options) => {
    const { listDevices } = await import("./commands/device.ts");
    end(await listDevices(run(options)));
  });

  command("link <invite>", "On a new device: print a code that an old one takes. The invite is any of your station.")
    .option("--name <name>", "what this device is called in your list")
    .action(async (invite: string, options) => {
      const { linkDevice } = await import("./commands/device.ts");
      end(await linkDevice(run(options), invite, options));
    });

  waiting(
    command("add <code>", "On an old device: take the code of a new one; - reads it from standard input."),
    "the new device",
  )
    .option("--digits <digits>", "the six digits that the new device shows, instead of the question")
    .action(async (code: string, options) => {
      const { addDevice } = await import("./commands/device.ts");
      end(await addDevice(run(options), code, options));
    });

  command("rename <device> <name>", "Call one of your devices something.").action(
    async (id: string, name: string, options) => {
      const { renameDevice } = await import("./commands/device.ts");
      end(await renameDevice(run(options), id, name));
    },
  );

  waiting(command("revoke <device>", "Take a device out of everything, at once."), "the station").action(
    async (id: string, options) => {
      const { revokeDevice } = await import("./commands/device.ts");
      end(await revokeDevice(run(options), id, options));
    },
  );
}

/** Adds the commands of recovery, backups and exports. */
export function addBackupCommands(
  program: Command,
  { run, end }: Shelf,
  command: (usage: string, summary: string, parent?: Command) => Command,
): void {
  const backup = program
    .command("backup")
    .description("Backups that your recovery words open: make, restore, verify.")
    .exitOverride();
  waiting(command("make [file]", "Make a backup at your station, or into a new file.", backup), "the station").action(
    async (file: string | undefined, options) => {
      const { makeBackup } = await import("./commands/backup.ts");
      end(await makeBackup(run(options), file, options));
    },
  );
  command("words", "Print the recovery words, to be written down on paper.", backup)
    .option("--written", "they were written down: they leave this device, and nothing is printed")
    .action(async (options) => {
      const { showWords } = await import("./commands/backup.ts");
      end(await showWords(run(options), options));
    });
  command("verify <file>", "Open all of a backup file with your words, read from standard input.", backup).action(
    async (file: string, options) => {
      const { verifyBackup } = await import("./commands/backup.ts");
      end(await verifyBackup(run(options), file));
    },
  );
  waiting(
    command("restore <file>", "Bring everything back from a backup file; words on standard input.", backup),
    "the station",
  )
    .option("--name <name>", "what this device is called in your list")
    .option("--to <invite>", "your station is gone: live at that of this invite from now on")
    .action(async (file: string, options) => {
      const { restore } = await import("./commands/backup.ts");
      end(await restore(run(options), undefined, { ...options, file }));
    });

  waiting(
    command("restore <invite>", "Bring everything back by your recovery words, read from standard input."),
    "the station",
  )
    .option("--name <name>", "what this device is called in your list")
    .option("--to <invite>", "your station is gone: live at that of this invite from now on")
    .action(async (invite: string, options) => {
      const { restore } = await import("./commands/backup.ts");
      end(await restore(run(options), invite, options));
    });

  command("export <folder>", "Write your chats into a folder, to read: HTML and JSON.")
    .option("--chat <conversation>", "one chat only")
    .option("--language <tag>", "language of dates, which also says the direction", "en")
    .action(async (folder: string, options) => {
      const { exportChats } = await import("./commands/backup.ts");
      end(await exportChats(run(options), folder, options));
    });
}
