/* The command line of whoever looks after a station: check, status, remove, reports, backup, restore, witnesses. */
import type { Command } from "commander";
import { type Shelf, webUrl } from "./shelf.ts";

/** Adds them. */
export function addCareCommands(program: Command, { command, run, end }: Shelf): void {
  const station = program
    .command("station")
    .description("Look after a station: check, status, doctor, remove, reports, backup, restore, upgrade, witness.")
    .exitOverride();
  command(station, "check", "Say whether this machine and folder can hold a station.")
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (options) => {
      const { check } = await import("./commands/station.ts");
      end(await check(run(options), options));
    });
  command(station, "status", "Ask a running station how it is.")
    .option("--url <url>", "where it answers", webUrl, "http://127.0.0.1:8080")
    .action(async (options) => {
      const { status } = await import("./commands/station.ts");
      end(await status(run(options), options));
    });
  command(station, "remove <log> <index>", "Delete one message by an order, and say so in the station's log.")
    .requiredOption("--reason <text>", "why, as everybody will read it")
    .requiredOption("--reference <text>", "the order's number, as everybody will read it")
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (log: string, index: string, options) => {
      const { remove } = await import("./commands/station-remove.ts");
      end(await remove(run(options), { log, index }, options));
    });
  command(station, "reports", "Print what people here have reported, oldest first, and what each report proves.")
    .option("--drop <id>", "delete one of them: it has been dealt with")
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (options) => {
      const { reports } = await import("./commands/station-reports.ts");
      end(await reports(run(options), options));
    });
  const key = [
    "--key <file>",
    "the key of backups, made when it is not there (default: backup.key in the folder)",
  ] as const;
  command(station, "backup <file>", "Copy a station into one sealed file, while it runs.")
    .option(...key)
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (file: string, options) => {
      const { backup } = await import("./commands/station-copies.ts");
      end(await backup(run(options), file, options));
    });
  command(station, "restore <backup>", "Put a station back from a backup, and say so in its log.")
    .option(...key)
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (from: string, options) => {
      const { restore } = await import("./commands/station-copies.ts");
      end(await restore(run(options), from, options));
    });
  const folder = ["--data <dir>", "folder of the station (default: .chapar/station in this checkout)"] as const;
  command(station, "doctor", "Look at a station's folder and change nothing.")
    .option(...folder)
    .action(async (options) => {
      const { doctor } = await import("./commands/station-care.ts");
      end(await doctor(run(options), options));
    });
  command(station, "upgrade <backup>", "Bring a folder to this version, with a sealed backup of how it was first.")
    .option(...key)
    .option(...folder)
    .action(async (file: string, options) => {
      const { upgrade } = await import("./commands/station-care.ts");
      end(await upgrade(run(options), file, options));
    });
  addWitnessCommands(station, { command, run, end });
}

function addWitnessCommands(station: Command, { command, run, end }: Pick<Shelf, "command" | "run" | "end">): void {
  const witness = station
    .command("witness")
    .description("Who cosigns a station's log: add, list, remove.")
    .exitOverride();
  const folder = ["--data <dir>", "folder of the station (default: .chapar/station in this checkout)"] as const;
  command(witness, "add <url>", "Have a station cosign this one's log.")
    .option(...folder)
    .action(async (url: string, options) => {
      const { add } = await import("./commands/station-witness.ts");
      end(await add(run(options), url, options));
    });
  command(witness, "list", "Show who cosigns this station's log.")
    .option(...folder)
    .action(async (options) => {
      const { list } = await import("./commands/station-witness.ts");
      end(await list(run(options), options));
    });
  command(witness, "remove <url>", "Ask a witness no more.")
    .option(...folder)
    .action(async (url: string, options) => {
      const { remove } = await import("./commands/station-witness.ts");
      end(await remove(run(options), url, options));
    });
}
