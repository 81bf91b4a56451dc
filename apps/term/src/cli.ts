/*
 * The command line: names, arguments, options and help, nothing else. What a command does is imported when it runs, so
 * that `whoami` does not pay for a station (start-up budget: 300 ms).
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { TermError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { createOutput, type TextSink } from "./output.ts";
import { profileFolder, type Run, type Surroundings } from "./run.ts";

const VERSION = "0.1.0";

interface CommonOptions {
  readonly json?: true;
  readonly profile?: string;
}

function wholeNumber(text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`);
  }
  return value;
}

const port = (text: string): number => wholeNumber(text, 0, 65_535);

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 86_400)
    throw new InvalidArgumentError("It is a number of seconds up to 86400.");
  return value;
}

const region = (text: string): string => {
  if (!/^[A-Za-z]{2}$/.test(text))
    throw new InvalidArgumentError("It is a country code of two letters, such as IR or DE.");
  return text.toUpperCase();
};

const webUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError("It is an http or https URL.");
  return url.origin;
};

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** Adds `--timeout` to a command that waits for something. */
const waiting = (c: Command, what: string): Command =>
  c.addOption(
    new Option("--timeout <s>", `how long to wait for ${what}; 0 does not wait`).argParser(seconds).default(30),
  );

const AFTER_HELP = `
Exit codes: 0 done · 64 wrong command line · 69 not available · 73 cannot be made · 75 kept here, not yet at the
station · 77 the station said no · 130 interrupted. All of them: docs/cli.md

For work on Chapar itself: ./chapar check (quick), ./chapar test (everything)`;

interface Io extends Surroundings {
  readonly stdout: Surroundings["stdout"] & TextSink;
  readonly stderr: TextSink;
}

/** What the tables of commands below are written with. */
interface Shelf {
  /** a command with `--json` */
  readonly command: (parent: Command, usage: string, summary: string) => Command;
  /** makes the run of a command from its options */
  readonly run: (options: CommonOptions) => Run;
  /** takes the exit code of the command that ran */
  readonly end: (code: ExitCode) => void;
}

function addStationCommands(program: Command, { command, run, end }: Shelf): void {
  command(program, "up", "Start a station, with the web app on the same port.")
    .option("--data <dir>", "folder the station keeps everything in (default: .chapar/station in this checkout)")
    .option("--port <n>", "port to listen on; 0 takes any free one (default: 8080, else a free one)", port)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--url <url>", "the URL others reach it at, when that is not where it listens (a proxy, a LAN)", webUrl)
    .option("--region <code>", "country whose law the station keeps, two letters", region)
    .option("--name <name>", "what people see this station called")
    .option("--peer <url>", "another station to federate with; may be given several times", collect)
    .action(async (options) => {
      const { up } = await import("./commands/up.ts");
      end(await up(run(options), options));
    });

  command(program, "demo", "Two stations (IR and DE), an echo bot and two ready people, until Ctrl-C.").action(
    async (options) => {
      const { demo } = await import("./commands/demo.ts");
      end(await demo(run(options)));
    },
  );
}

function addCareCommands(program: Command, { command, run, end }: Shelf): void {
  const station = program.command("station").description("Look after a station: check, status.").exitOverride();
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
}

function addPersonCommands(program: Command, shelf: Shelf): void {
  const { run, end } = shelf;
  const command = (usage: string, summary: string): Command =>
    shelf
      .command(program, usage, summary)
      .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)");

  waiting(command("join <invite>", "Make an identity homed at the invite's station."), "the station")
    .requiredOption("--name <name>", "the name other people see")
    .action(async (invite: string, options) => {
      const { join } = await import("./commands/join.ts");
      end(await join(run(options), invite, options));
    });

  command("invite", "Print a link that starts a conversation with you.").action(async (options) => {
    const { invite } = await import("./commands/invite.ts");
    end(await invite(run(options)));
  });

  waiting(
    command("open <invite>", "Start the conversation an invite leads to; prints its id."),
    "the other side's keys",
  ).action(async (invite: string, options) => {
    const { open } = await import("./commands/open.ts");
    end(await open(run(options), invite, options));
  });

  waiting(command("send <conversation> [text]", "Send a message; - as text reads standard input."), "the receipt")
    .option("--file <path>", "attach a file")
    .action(async (conversation: string, text: string | undefined, options) => {
      const { send } = await import("./commands/send.ts");
      end(await send(run(options), conversation, text, options));
    });

  waiting(command("read [conversation]", "Print messages."), "the station")
    .option("--follow", "stay and print what arrives")
    .option("--save <dir>", "also write attachments into this folder")
    .action(async (conversation: string | undefined, options) => {
      const { read } = await import("./commands/read.ts");
      end(await read(run(options), conversation, options));
    });

  command("chat [conversation]", "Read and write in the terminal.")
    .addOption(
      new Option("--bidi <mode>", "who orders right-to-left text: auto, terminal, visual or logical")
        .choices(["auto", "terminal", "visual", "logical"])
        .default("auto"),
    )
    .action(async (conversation: string | undefined, options) => {
      const { chat } = await import("./commands/chat.ts");
      end(await chat(run(options), conversation, options));
    });

  command("whoami", "Print who this profile is.").action(async (options) => {
    const { whoami } = await import("./commands/whoami.ts");
    end(await whoami(run(options)));
  });
}

/** Commands of the people who build Chapar: their words are read by whoever does the work. */
function addWorkshop(program: Command, { run, end }: Shelf): void {
  const passOn = (name: string, summary: string, to: (words: string[]) => Promise<ExitCode>): void => {
    program
      .command(`${name} [words...]`)
      .description(`${summary} ./chapar ${name} --help says what there is.`)
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (words: string[]) => end(await to(words)));
  };
  passOn("bench", "Measure.", async (words) => {
    const { bench } = await import("./commands/bench.ts");
    return bench(words);
  });
  passOn("lab", "Play the blocks of known censors against the routes.", async (words) => {
    const { lab } = await import("./commands/lab.ts");
    return lab(run({}), words);
  });
}

/** What commander complains about, as ours: one sentence, and where help is. */
function complaintAsError(
  error: CommanderError,
  complaint: string,
  program: Command,
  argv: readonly string[],
): TermError {
  const name = program.commands.find((command) => command.name() === argv[0])?.name();
  const command = name === undefined ? "" : `${name} `;
  if (error.code === "commander.help")
    return new TermError("term/usage", { problem: "Say what to do.", command }, { cause: error });
  const said = (complaint === "" ? error.message : complaint)
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ");
  const problem = `${said.slice(0, 1).toUpperCase()}${said.slice(1).replace(/\.?$/, ".")}`;
  return new TermError("term/usage", { problem: problem.replace(/\)\.$/, ")."), command }, { cause: error });
}

/**
 * Reads a command line and runs what it says.
 *
 * @param argv  words after `chapar`
 * @throws TermError `term/usage` and whatever the command refuses; main.ts tells it
 */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  let complaint = "";
  const program = new Command("./chapar")
    .description("Private messages that rest where the law says and that no station can read.")
    .version(VERSION)
    .helpCommand("help [command]", "show what a command takes")
    .addHelpText("after", AFTER_HELP)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => {
        complaint += text;
      },
    });
  const shelf: Shelf = {
    command: (parent, usage, summary) =>
      parent
        .command(usage)
        .description(summary)
        .option("--json", "one JSON object per line on standard output")
        .copyInheritedSettings(program)
        .exitOverride(),
    run: (options) => ({
      ...io,
      out: createOutput({ json: options.json === true, stdout: io.stdout, stderr: io.stderr }),
      profileDir: profileFolder(options.profile, io.env),
    }),
    end: (ended) => {
      code = ended;
    },
  };
  addStationCommands(program, shelf);
  addPersonCommands(program, shelf);
  addCareCommands(program, shelf);
  addWorkshop(program, shelf);
  if (argv.length === 0) {
    program.outputHelp();
    return code;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw complaintAsError(error, complaint, program, argv);
  }
  return code;
}
