/*
 * The command line: names, arguments, options and help, nothing else. What a command does is imported when it runs, so
 * that `whoami` does not pay for a station (start-up budget: 300 ms).
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { TermError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { addAuditCommands, addDataCommand, addPolicyCommands, addReportCommands } from "./cli-policy.ts";
import { addBackupCommands, addDeviceCommands } from "./cli-devices.ts";
import { addChatCommands } from "./cli-chats.ts";
import { addChannelCommands } from "./cli-channels.ts";
import { addGroupCommands } from "./cli-groups.ts";
import { addLockCommands } from "./cli-lock.ts";
import { addRoad } from "./cli-road.ts";
import { addCareCommands } from "./cli-station.ts";
import { addTalkCommands } from "./cli-talk.ts";
import { addTrustCommands } from "./cli-trust.ts";
import { amount, collect, hostAndPort, port, transport } from "./cli-words.ts";
import { createOutput, type TextSink } from "./output.ts";
import { profileFolder, type Surroundings } from "./run.ts";
import { type Shelf, waiting, webUrl } from "./shelf.ts";

const VERSION = "0.1.0";

const region = (text: string): string => {
  if (!/^[A-Za-z]{2}$/.test(text))
    throw new InvalidArgumentError("It is a country code of two letters, such as IR or DE.");
  return text.toUpperCase();
};

/** Ways that people's programs can use, and that fit into an invite. */
function route(uri: string, before: readonly string[] | undefined): string[] {
  if (
    !/^(?:snow\+)?(?:https?|wss?|burst\+https?|ss|dns|lan|pt\+[a-z0-9-]+|relay\+wss?|relay\+burst\+https?|relay\+pt\+[a-z0-9-]+):\/\/[\x21-\x7e]+$/.test(
      uri,
    ) ||
    uri.length > 256
  )
    throw new InvalidArgumentError(
      "It is a URI of at most 256 characters: https://…, burst+https://…, ss://…, dns://…, pt+obfs4://…, relay+wss://… or snow+https://….",
    );
  const routes = collect(uri, before);
  if (routes.length > 16) throw new InvalidArgumentError("There may be sixteen.");
  return routes;
}

const AFTER_HELP = `
Exit codes: 0 done · 64 wrong command line · 69 not available · 73 cannot be made · 75 kept here, not yet at the
station · 77 the station said no · 130 interrupted. All of them: docs/cli.md

For work on Chapar itself: ./chapar check (quick), ./chapar test (everything)`;

interface Io extends Surroundings {
  readonly stdout: Surroundings["stdout"] & TextSink;
  readonly stderr: TextSink;
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
    .option("--witness <url>", "a station that cosigns this one's log; may be given several times", collect)
    .option("--route <uri>", "a further way here (burst+https://…, ss://…); may be given several times", route)
    .option("--no-routes", "forget the ways that were given before")
    .option("--lan", "let people and stations on the same network find this one by its key, with or without internet")
    .option("--no-lan", "not found there, also when it was before")
    .option("--announce", "as --lan, and say to everybody on the network that this station is there")
    .option("--no-announce", "say it no more")
    .option(
      "--ss <host:port>",
      "open a Shadowsocks port (2022 edition) that leads here; HOST is what people's programs dial",
      hostAndPort,
    )
    .option("--no-ss", "no Shadowsocks port, also when there was one before")
    .option("--dns <domain>", "answer as this domain's name server, a way here where nothing but DNS leads out")
    .option("--dns-port <n>", "port of the name server, UDP and TCP (default: 53)", port)
    .option("--dns-host <address>", "address the name server listens on (default: all)")
    .option("--dns-address <ipv4>", "public address that the domain names for its server")
    .option("--dns-via <list>", "resolvers people's programs ask, such as system,9.9.9.9 (default: system)")
    .option("--no-dns", "no name server, also when there was one before")
    .option("--mirror <port>", "open a mirror for the doctor on eight ports from this one on, TCP and UDP", port)
    .option(
      "--pt <name=host:port>",
      "be reached through a pluggable transport too, such as obfs4=203.0.113.5:9443; may be given several times",
      transport,
    )
    .option("--snow", "tell people here the way through volunteers' browsers (/help on this station)")
    .option("--stun-port <n>", "UDP port at which browsers learn their own address, for --snow", port)
    .option("--leads-to <key@url>", "another station that volunteers here lead to; may be given several times", collect)
    .option("--exit", "let traffic of this station's people out to the internet; read docs/operating/station.md first")
    .option("--exit-ports <ports>", "ports it opens, such as 80,443,1000-2000, or all (never 25)")
    .option("--exit-gb <gb>", "gigabytes a person may use a month (default: 50)", amount)
    .addOption(
      new Option(
        "--exit-reach <where>",
        "the narrowest addresses it reaches; anything but public opens your own network",
      )
        .choices(["public", "private", "loopback"])
        .default("public"),
    )
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

function addPersonCommands(program: Command, shelf: Shelf): void {
  const { run, end } = shelf;
  const command = (usage: string, summary: string, parent: Command = program): Command =>
    shelf
      .command(parent, usage, summary)
      .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)");

  waiting(command("join <invite>", "Make an identity homed at the invite's station."), "the station")
    .requiredOption("--name <name>", "the name other people see")
    .action(async (invite: string, options) => {
      const { join } = await import("./commands/join.ts");
      end(await join(run(options), invite, options));
    });

  command("invite", "Print a link that starts a conversation with you.")
    .option("--file <path>", "write it as a file instead, with every way to your station that is known")
    .action(async (options) => {
      const { invite } = await import("./commands/invite.ts");
      end(await invite(run(options), options));
    });

  waiting(
    command("open <invite>", "Start the conversation an invite leads to; prints its id."),
    "the other side's keys",
  ).action(async (invite: string, options) => {
    const { open } = await import("./commands/open.ts");
    end(await open(run(options), invite, options));
  });

  waiting(command("send <conversation> [text]", "Send a message; - as text reads standard input."), "the receipt")
    .option("--silent", "notify nobody of it")
    .option("--at <time>", "keep it here and send it then: +90m, 18:30 or 2026-12-01T18:30")
    .option("--file <path...>", "attach files, ten at most")
    .addOption(
      new Option("--quality <quality>", "in which photos leave")
        .choices(["tiny", "normal", "original"])
        .default("original"),
    )
    .option("--preview", "with a preview of its first link, fetched from here: the site sees your address")
    .option("--no-preview", "without one, whatever the setting says")
    .option("--voice <path>", "send a recording as a voice message: Opus in an Ogg file")
    .action(async (conversation: string, text: string | undefined, options) => {
      const { send } = await import("./commands/send.ts");
      end(await send(run(options), conversation, text, options));
    });

  waiting(command("picture [file]", "Set your picture, or say whether there is one."), "it to leave")
    .option("--remove", "take it away")
    .option("--of <person>", "somebody else's")
    .option("--save <file>", "write it into a new file")
    .action(async (file: string | undefined, options) => {
      const { picture } = await import("./commands/picture.ts");
      end(await picture(run(options), file, options));
    });

  waiting(
    command("save <conversation> [message]", "Write the files of a message, or of the newest that has any."),
    "bytes",
  )
    .option("--to <dir>", "into this folder", ".")
    .option("--look", "fetch nothing: say how large they are and how long they would take")
    .action(async (conversation: string, message: string | undefined, options) => {
      const { save } = await import("./commands/save.ts");
      end(await save(run(options), conversation, message, options));
    });

  waiting(command("read [conversation]", "Print messages."), "the station")
    .option("--follow", "stay and print what arrives")
    .option("--save <dir>", "also write attachments into this folder")
    .action(async (conversation: string | undefined, options) => {
      const { read } = await import("./commands/read.ts");
      end(await read(run(options), conversation, options));
    });

  command("search [words...]", "Find messages on this device, newest first.")
    .option("--from <person>", "written by: an identity, the beginning of a name, or me")
    .option("--since <day>", "written on or after this day, as 2026-11-28")
    .option("--until <day>", "written before this day")
    .option("--in <conversation>", "only in this conversation")
    .addOption(
      new Option("--media <kind>", "only with one of these").choices(["photo", "video", "voice", "file", "link"]),
    )
    .addOption(new Option("--limit <count>", "print at most so many, up to 100").default(20).argParser(Number))
    .action(async (words: readonly string[], options) => {
      const { search } = await import("./commands/search.ts");
      end(await search(run(options), words, options));
    });

  command("chat [conversation]", "Read and write in the terminal.")
    .addOption(
      new Option("--bidi <mode>", "who orders right-to-left text: auto, terminal, visual or logical")
        .choices(["auto", "terminal", "visual", "logical"])
        .default("auto"),
    )
    .option("--lock-after <minutes>", "lock after so long without a key; the profile has to have a PIN")
    .action(async (conversation: string | undefined, options) => {
      const { chat } = await import("./commands/chat.ts");
      end(await chat(run(options), conversation, options));
    });

  addRouteCommands(program, shelf);
  addDeviceCommands(program, shelf);
  addBackupCommands(program, shelf, command);
  addTalkCommands(shelf, command);
  addTrustCommands(program, shelf, command);
  addChatCommands(shelf, command);
  addGroupCommands(shelf, command);
  addChannelCommands(shelf, command);
  addDataCommand(shelf, command);
  addLockCommands(program, shelf);

  command("whoami", "Print who this profile is.").action(async (options) => {
    const { whoami } = await import("./commands/whoami.ts");
    end(await whoami(run(options)));
  });
}

/** Ways to the station that are kept by hand. */
function addRouteCommands(program: Command, shelf: Shelf): void {
  const { run, end } = shelf;
  const routes = program.command("route").description("Ways to your station: list, add, remove.").exitOverride();
  const routeCommand = (usage: string, summary: string): Command =>
    shelf
      .command(routes, usage, summary)
      .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)");
  routeCommand("list", "Print the ways that are known.").action(async (options) => {
    const { listRoutes } = await import("./commands/route.ts");
    end(await listRoutes(run(options)));
  });
  routeCommand("add <way>", "Add a way that somebody gave you: its URI, or a .chapar file.").action(
    async (uri: string, options) => {
      const { addRoute } = await import("./commands/route.ts");
      end(await addRoute(run(options), uri));
    },
  );
  routeCommand("remove <uri>", "Remove a way that was added here.").action(async (uri: string, options) => {
    const { removeRoute } = await import("./commands/route.ts");
    end(await removeRoute(run(options), uri));
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
  addRoad(program, shelf);
  addCareCommands(program, shelf);
  addPolicyCommands(program, shelf);
  addReportCommands(program, shelf);
  addAuditCommands(program, shelf);
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
