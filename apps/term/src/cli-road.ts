/* The commands of the road: relay, doctor, pluggable transport, tunnel, shield. */
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { amount, collect, hours, port, routeUrl, transport } from "./cli-words.ts";
import { type Shelf, waiting } from "./shelf.ts";

function addRelayCommand(program: Command, { command, run, end }: Shelf): void {
  command(program, "relay [invites...]", "Lend this machine's line to the stations of these invites, until Ctrl-C.")
    .option("--data <dir>", "folder the relay keeps its key and sums in (default: .chapar/relay in this checkout)")
    .option("--port <n>", "port to listen on; 0 takes any free one (default: 8090, else a free one)", port)
    .option("--host <address>", "address to listen on", "0.0.0.0")
    .option("--url <url>", "the URL others reach it at, when that is not where it listens (a proxy with TLS)", routeUrl)
    .addOption(
      new Option("--status-port <n>", "port of its page on this machine; 0 takes any free one")
        .argParser(port)
        .default(0),
    )
    .option("--rate <mbit>", "megabits a second, both directions together; 0 lifts the limit", amount)
    .option("--month <gb>", "gigabytes a month; 0 lifts the limit", amount)
    .option("--hours <from-until>", "hours of the day it forwards in, such as 22-6; all lifts the limit", hours)
    .option(
      "--pt <name=host:port>",
      "be reached through a pluggable transport too, such as obfs4=203.0.113.5:9443; may be given several times",
      transport,
    )
    .option("--next <listing>", "another relay that may be the second hop; may be given several times", collect)
    .option("--list <file>", "a list that somebody else signed, instead of the invites")
    .option("--issuer <key>", "whose list that is")
    .action(async (invites: string[], options) => {
      const { relay } = await import("./commands/relay.ts");
      end(await relay(run(options), invites, options));
    });
}

const lookSeconds = (text: string): number => {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || value > 60)
    throw new InvalidArgumentError("It is a number of seconds up to 60.");
  return value;
};

const place = (text: string): string => {
  if (!/^(?:[a-z0-9.-]{1,200}|\[[0-9a-f:]{2,45}\]):\d{1,5}$/i.test(text))
    throw new InvalidArgumentError("It is a host and a port, such as www.example.org:443.");
  return text;
};

function addDoctorCommand(program: Command, { command, run, end }: Shelf): void {
  command(program, "doctor", "Say what this network does to the ways to your station, and what can be done.")
    .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)")
    .option("--invite <invite>", "the ways of an invite instead of the profile's")
    .option("--wide", "ask more than your own ways: two sites abroad, your station under other names, its mirror")
    .option("--near <place>", "something ordinary in your country, host:port, for --wide", place)
    .option(
      "--far <place>",
      "something ordinary abroad, for --wide (default: an encyclopedia and a software maker)",
      place,
    )
    .option("--decode <words...>", "say what the eight words of somebody's code mean")
    .action(async (options) => {
      const { doctor } = await import("./commands/doctor.ts");
      end(await doctor(run(options), options));
    });
}

function addTransportCommand(program: Command, { command, run, end }: Shelf): void {
  command(
    program,
    "pt",
    "Be a pluggable transport (chapar_web, chapar_burst) for Tor or another program, which starts this.",
  ).action(async (options) => {
    const { pluggableTransport } = await import("./commands/pt.ts");
    end(await pluggableTransport(run(options)));
  });
}

function addTunnelCommand(program: Command, { command, run, end }: Shelf): void {
  waiting(
    command(program, "tunnel", "A way out for this machine's programs, through your station's exit."),
    "the station",
  )
    .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)")
    .option(
      "--via <invite-or-route>",
      "another way to the station, or another station by its invite; may be repeated",
      collect,
    )
    .option("--socks-port <n>", "port of the SOCKS5 proxy; 0 takes any free one (default: 1080, else a free one)", port)
    .option("--http-port <n>", "port of the HTTP proxy and the PAC file (default: 8118, else a free one)", port)
    .option("--vpn", "capture this whole machine instead, names included, and let nothing out around it (Linux, root)")
    .option("--off", "with --vpn: open a machine that stayed closed because the tunnel was killed")
    .action(async (options) => {
      const { tunnel } = await import("./commands/tunnel.ts");
      end(await tunnel(run(options), options));
    });
}

function addShieldCommand(program: Command, { command, run, end }: Shelf): void {
  command(
    program,
    "shield",
    "Attend each room over a link of its own, at fixed times: slow, and says less of who writes to whom.",
  )
    .addArgument(new Argument("[choice]").choices(["on", "off"] as const))
    .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)")
    .action(async (choice: "on" | "off" | undefined, options) => {
      const { shield } = await import("./commands/shield.ts");
      end(await shield(run(options), choice));
    });
}

function addNearbyCommand(program: Command, { command, run, end }: Shelf): void {
  command(program, "nearby", "Look for stations on the local network, and for your own: asks everybody there.")
    .option("--profile <dir>", "folder of the identity (default: $CHAPAR_PROFILE, else ~/.chapar)")
    .addOption(new Option("--seconds <n>", "how long to listen").argParser(lookSeconds).default(3))
    .action(async (options) => {
      const { nearby } = await import("./commands/nearby.ts");
      end(await nearby(run(options), options));
    });
}

/** Adds them. */
export function addRoad(program: Command, shelf: Shelf): void {
  addRelayCommand(program, shelf);
  addTunnelCommand(program, shelf);
  addDoctorCommand(program, shelf);
  addTransportCommand(program, shelf);
  addShieldCommand(program, shelf);
  addNearbyCommand(program, shelf);
}
