/* The command line of where data rests: of a person, and of a region's law. */
import { type Command, InvalidArgumentError } from "commander";
import { type Shelf, waiting, webUrl } from "./shelf.ts";

/** Adds `data` and `move`; `command` makes one that has a profile. */
export function addDataCommand(
  { run, end }: Shelf,
  command: (usage: string, summary: string, parent?: Command) => Command,
): void {
  const data = command("data", "Print where your data rests, under which law, and who could read it.");
  waiting(data, "the station").action(async (options) => {
    const { data: rests } = await import("./commands/data.ts");
    end(await rests(run(options), options));
  });
  waiting(
    command("delete-everything", "Delete everything of you, here and at your station, for good.", data)
      .requiredOption("--confirm <name>", "your name, as you typed it when you joined")
      .option("--receipt <file>", "where the station's signed receipt goes", "chapar.receipt"),
    "the station",
  ).action(async (options) => {
    const { deleteEverything } = await import("./commands/leave.ts");
    end(await deleteEverything(run(options), options));
  });
  const receipt = data.command("receipt").description("Check a station's receipt: verify.").exitOverride();
  command("verify <file>", "Check a receipt offline, and say what was deleted.", receipt).action(
    async (file: string, options) => {
      const { verifyReceipt } = await import("./commands/leave.ts");
      end(await verifyReceipt(run(options), file));
    },
  );
  waiting(
    command("island", "Print which stations your home cannot reach, what goes on, and what waits."),
    "the station",
  ).action(async (options) => {
    const { island } = await import("./commands/island.ts");
    end(await island(run(options), options));
  });
  waiting(
    command("move [invite]", "Move to the station of an invite with everything; without one, say how far a move is."),
    "chats to follow",
  ).action(async (invite: string | undefined, options) => {
    const { move } = await import("./commands/move.ts");
    end(await move(run(options), invite, options));
  });
}

/** Adds `policy`. */
export function addPolicyCommands(program: Command, { command, run, end }: Shelf): void {
  const policy = program
    .command("policy")
    .description("Say where data of a region rests: init, check, sign, show.")
    .exitOverride();
  const folder = ["--data <dir>", "folder of the station (default: .chapar/station in this checkout)"] as const;
  command(policy, "init <file>", "Begin a region policy from an example.")
    .requiredOption("--from <example>", "ir-2016, ir-2018, ru, kz, vn, tr, eu, ch")
    .action(async (file: string, options) => {
      const { init } = await import("./commands/policy.ts");
      end(await init(run(options), file, options));
    });
  command(policy, "check <file>", "Say whether a policy holds, and the line of what does not.").action(
    async (file: string, options) => {
      const { check } = await import("./commands/policy.ts");
      end(await check(run(options), file));
    },
  );
  command(policy, "sign <file>", "Sign a policy for a station, which keeps it from its next start.")
    .option(...folder)
    .action(async (file: string, options) => {
      const { sign } = await import("./commands/policy.ts");
      end(await sign(run(options), file, options));
    });
  command(policy, "show", "Print a station's policy as people read it.")
    .option(...folder)
    .option("--url <url>", "of a running station instead of a folder", webUrl)
    .action(async (options) => {
      const { show } = await import("./commands/policy.ts");
      end(await show(run(options), options));
    });
}

/** Adds `report make`, `report verify` and `report match` below `report`, which reports a message. */
export function addReportCommands(program: Command, { command, run, end }: Shelf): void {
  const report = program.commands.find((one) => one.name() === "report");
  if (report === undefined) return;
  command(report, "make", "Write a signed report of where data rested, for whoever checks it.")
    .requiredOption("--period <from..to>", "two days, the second not included: 2026-11-01..2026-12-01")
    .option("--out <file>", "where to (default: residency-FROM-TO.json; the page beside it is .html)")
    .option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)")
    .action(async (options) => {
      const { make } = await import("./commands/residency-report.ts");
      end(await make(run(options), options));
    });
  command(report, "verify <file>", "Check a residency report offline, and say what it shows.").action(
    async (file: string, options) => {
      const { verify } = await import("./commands/residency-report.ts");
      end(await verify(run(options), file));
    },
  );
  command(report, "match <files...>", "Match what stations say of each other in their reports, offline.").action(
    async (files: string[], options) => {
      const { match } = await import("./commands/residency-report.ts");
      end(await match(run(options), files));
    },
  );
}

/** A whole number. @throws InvalidArgumentError */
function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It is a whole number.");
  return Number(text);
}

/** Adds `audit` and `audit key`. */
export function addAuditCommands(program: Command, { command, run, end }: Shelf): void {
  const folder = ["--data <dir>", "folder of the station (default: .chapar/station in this checkout)"] as const;
  const audit = command(program, "audit", "Have a station show entries that a nonce draws, and check them.")
    .option("--nonce <hex>", "64 hex digits that nobody knew before")
    .option("--count <k>", "entries to draw, at most 32", whole, 8)
    .option("--within <ms>", "how soon the answer has to be there", whole, 2000)
    .option(...folder)
    .option("--url <url>", "a station elsewhere instead of a folder", webUrl)
    .option("--key <hex>", "its audit key, as `audit key` prints it there")
    .option("--station <key>", "the station that it has to be")
    .option("--checkpoint <file>", "a checkpoint of its log that a witness shows, instead of its own")
    .action(async (options) => {
      const { audit: asked } = await import("./commands/audit.ts");
      end(await asked(run(options), options));
    });
  command(audit, "key", "Print the key with which a station may be audited from elsewhere; made the first time.")
    .option(...folder)
    .action(async (options) => {
      const { auditKey } = await import("./commands/audit.ts");
      end(auditKey(run(options), options));
    });
}
