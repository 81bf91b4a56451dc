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
