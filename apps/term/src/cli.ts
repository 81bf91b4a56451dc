/*
 * The command line: names, arguments, options and help, nothing else. What a command does is imported when it runs, so
 * that `whoami` does not pay for a station (start-up budget: 300 ms).
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { TermError } from "./errors.ts";
import type { ExitCode } from "./exit-code.ts";
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

const EXIT_HELP = `
Exit codes: 0 done · 64 wrong command line · 69 not available · 73 cannot be made · 75 kept here, not yet at the
station · 77 the station said no · 130 interrupted. All of them: docs/cli.md

For work on Chapar itself: ./chapar check (quick), ./chapar test (everything)`;

interface Io extends Surroundings {
  readonly stdout: Surroundings["stdout"] & TextSink;
  readonly stderr: TextSink;
}

/**
 * Reads a command line and runs what it says.
 *
 * @param argv  words after `chapar`
 * @throws TermError `term/usage` and whatever the command refuses; main.ts tells it
 */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  let complaint = "";

  const run = (options: CommonOptions): Run => ({
    ...io,
    out: createOutput({ json: options.json === true, stdout: io.stdout, stderr: io.stderr }),
    profileDir: profileFolder(options.profile, io.env),
  });

  const program = new Command("./chapar")
    .description("Private messages that rest where the law says and that no station can read.")
    .version(VERSION)
    .helpCommand("help [command]", "show what a command takes")
    .addHelpText("after", EXIT_HELP)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => {
        complaint += text;
      },
    });

  /** A command with `--json`, and its way to the code behind it. */
  const command = (usage: string, summary: string): Command =>
    program
      .command(usage)
      .description(summary)
      .option("--json", "one JSON object per line on standard output")
      .exitOverride()
      .copyInheritedSettings(program);
  const personal = (usage: string, summary: string): Command =>
    command(usage, summary).option(
      "--profile <dir>",
      "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)",
    );
  command("up", "Start a station, with the web app on the same port.")
    .option("--data <dir>", "folder the station keeps everything in (default: .chapar/station in this checkout)")
    .option("--port <n>", "port to listen on; 0 takes any free one (default: 8080, else a free one)", (text) =>
      wholeNumber(text, 0, 65_535),
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option(
      "--url <url>",
      "the URL others reach it at, when that is not where it listens (behind a proxy, in a LAN)",
      webUrl,
    )
    .option("--region <code>", "country whose law the station keeps, two letters", region)
    .option("--name <name>", "what people see this station called")
    .option("--peer <url>", "another station to federate with; may be given several times", collect)
    .action(async (options) => {
      const { up } = await import("./commands/up.ts");
      code = await up(run(options), options);
    });

  command("demo", "Two stations (IR and DE), an echo bot and two ready people, until Ctrl-C.").action(
    async (options) => {
      const { demo } = await import("./commands/demo.ts");
      code = await demo(run(options));
    },
  );

  waiting(personal("join <invite>", "Make an identity homed at the invite's station."), "the station")
    .requiredOption("--name <name>", "the name other people see")
    .action(async (invite: string, options) => {
      const { join } = await import("./commands/join.ts");
      code = await join(run(options), invite, options);
    });

  personal("invite", "Print a link that starts a conversation with you.").action(async (options) => {
    const { invite } = await import("./commands/invite.ts");
    code = await invite(run(options));
  });

  waiting(
    personal("open <invite>", "Start the conversation an invite leads to; prints its id."),
    "the other side's keys",
  ).action(async (invite: string, options) => {
    const { open } = await import("./commands/open.ts");
    code = await open(run(options), invite, options);
  });

  waiting(personal("send <conversation> [text]", "Send a message; - as text reads standard input."), "the receipt")
    .option("--file <path>", "attach a file")
    .action(async (conversation: string, text: string | undefined, options) => {
      const { send } = await import("./commands/send.ts");
      code = await send(run(options), conversation, text, options);
    });

  waiting(personal("read [conversation]", "Print messages."), "the station")
    .option("--follow", "stay and print what arrives")
    .option("--save <dir>", "also write attachments into this folder")
    .action(async (conversation: string | undefined, options) => {
      const { read } = await import("./commands/read.ts");
      code = await read(run(options), conversation, options);
    });

  personal("chat [conversation]", "Read and write in the terminal.")
    .addOption(
      new Option("--bidi <mode>", "who orders right-to-left text: auto, terminal, visual or logical")
        .choices(["auto", "terminal", "visual", "logical"])
        .default("auto"),
    )
    .action(async (conversation: string | undefined, options) => {
      const { chat } = await import("./commands/chat.ts");
      code = await chat(run(options), conversation, options);
    });

  personal("whoami", "Print who this profile is.").action(async (options) => {
    const { whoami } = await import("./commands/whoami.ts");
    code = await whoami(run(options));
  });

  const station = program.command("station").description("Look after a station: check, status.").exitOverride();
  for (const [name, summary] of [
    ["check", "Say whether this machine and folder can hold a station."],
    ["status", "Ask a running station how it is."],
  ] as const) {
    const c = station
      .command(name)
      .description(summary)
      .option("--json", "one JSON object per line on standard output")
      .exitOverride()
      .copyInheritedSettings(program);
    if (name === "check") c.option("--data <dir>", "folder of the station (default: .chapar/station in this checkout)");
    else c.option("--url <url>", "where it answers", "http://127.0.0.1:8080");
    c.action(async (options) => {
      const commands = await import("./commands/station.ts");
      code =
        name === "check" ? await commands.check(run(options), options) : await commands.status(run(options), options);
    });
  }

  if (argv.length === 0) {
    program.outputHelp();
    return code;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") {
      throw new TermError(
        "term/usage",
        { problem: "Say what to do.", command: `${argv[0] ?? ""} `.trimStart() },
        { cause: error },
      );
    }
    const said = (complaint === "" ? error.message : complaint).trim().replace(/^error: /, "");
    const problem = `${said.slice(0, 1).toUpperCase()}${said.slice(1).replaceAll("\n", " ").replace(/\.?$/, ".")}`;
    const name = program.commands.find((c) => c.name() === argv[0])?.name();
    throw new TermError("term/usage", { problem, command: name === undefined ? "" : `${name} ` }, { cause: error });
  }
  return code;
}
