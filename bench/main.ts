/*
 * `./chapar bench [station|e2e|web|search|channels|large-room|launcher|road …] [--json] [--against ejabberd] [--case online,room] [--seconds N] [--record]`.
 * Numbers only, never a verdict. `--record` appends each line with its origin to bench/results/<group>.jsonl, which is what
 * docs/bench.md quotes.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchChannelReaders } from "./channel-readers.ts";
import { benchChannels } from "./channels.ts";
import { benchEndToEnd } from "./e2e.ts";
import { benchLargeRoom } from "./cases/large-room.bench.ts";
import { benchLauncher } from "./launcher.ts";
import { origin } from "./record.ts";
import { benchRoad } from "./road.ts";
import { benchSearch } from "./cases/search.bench.ts";
import { benchStation } from "./station.ts";
import { benchWeb } from "./web.ts";

const GROUPS = ["station", "e2e", "web", "search", "channels", "large-room", "launcher", "road"] as const;
type Group = (typeof GROUPS)[number];

const DEFAULT_SECONDS = 10;
/** Of the channel at a real station. */
const READERS = "10000";
const EXIT_USAGE = 64;

const HELP = `chapar bench [${GROUPS.join("|")}] [options]

  --against ejabberd   run the peer in the same run and print ratios (station)
  --case NAMES         only these cases, comma-separated (station: online, offline, room, idle; road: tunnel, idle, dns;
                       channels: pure, readers)
  --seconds N          length of a timed case (default ${DEFAULT_SECONDS})
  --people N           people in the group (large-room: default 1000; channels: readers, default 10000; both run only when named)
  --json               one JSON object a line
  --record             append each line, with machine and commit, to bench/results/`;

const isGroup = (text: string): text is Group => (GROUPS as readonly string[]).includes(text);

function asText(result: object): string {
  return Object.entries(result)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" · ");
}

/**
 * Runs the bench as asked.
 *
 * @param argv  the words after `bench`
 * @returns the exit code: 0, or 64 for words it does not know
 */
export async function runBench(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      against: { type: "string" },
      case: { type: "string" },
      seconds: { type: "string" },
      people: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const groups = positionals.length === 0 ? GROUPS.filter((group) => group !== "large-room") : positionals;
  if (values.help || !groups.every(isGroup) || (values.against !== undefined && values.against !== "ejabberd")) {
    console.error(HELP);
    return values.help ? 0 : EXIT_USAGE;
  }
  const seconds = values.seconds === undefined ? DEFAULT_SECONDS : Number(values.seconds);
  const only = values.case === undefined ? undefined : new Set(values.case.split(","));
  const from = origin();
  if (!values.json) console.log(asText(from));
  for (const group of groups) {
    const print = (result: object): void => {
      console.log(values.json ? JSON.stringify(result) : asText(result));
      if (!values.record) return;
      const folder = join(import.meta.dirname, "results");
      mkdirSync(folder, { recursive: true });
      appendFileSync(join(folder, `${group}.jsonl`), `${JSON.stringify({ ...result, origin: from })}\n`);
    };
    switch (group) {
      case "station":
        await benchStation({ seconds, only, against: values.against === "ejabberd" }, print);
        break;
      case "e2e":
        await benchEndToEnd(print);
        break;
      case "web":
        await benchWeb(print);
        break;
      case "search":
        await benchSearch(print);
        break;
      case "channels":
        if (only === undefined || only.has("pure")) await benchChannels(print);
        // Minutes, and so only when it is named.
        if (only?.has("readers") === true) await benchChannelReaders(Number(values.people ?? READERS), print);
        break;
      case "large-room":
        await benchLargeRoom(Number(values.people ?? "1000"), print);
        break;
      case "road":
        await benchRoad(only, print);
        break;
      case "launcher":
        print(benchLauncher());
        break;
    }
  }
  return 0;
}
