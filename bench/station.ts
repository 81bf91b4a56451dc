/*
 * `./chapar bench station`: one station under load, and with `--against ejabberd` the peer in the same run, case by case in
 * turn, so that a slow hour of the machine slows both. Load generator and system share the machine's cores, as the targets say.
 */
import { closedLoop, flood, openLoop, Sequence } from "./load/drive.ts";
import { Meter } from "./load/meter.ts";
import { Span, type Measured } from "./load/span.ts";
import type { System } from "./load/system.ts";
import { startChapar } from "./peers/chapar.ts";
import { startEjabberd } from "./peers/ejabberd.ts";

/** What a case prints. */
export interface CaseResult {
  readonly case: string;
  readonly system: string;
  readonly durable: boolean;
  readonly perSecond: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly p999Ms: number | undefined;
  /** processor time of each side for each message, which a busy machine changes little */
  readonly cpuMicrosPerMessage: Measured["cpuMicrosPerMessage"] | undefined;
  readonly bytesPerConnection: number | undefined;
  /** ours over the peer's, in the same run; bytes per connection: the peer's over ours */
  ratio: number | undefined;
  readonly note: string;
}

interface Options {
  readonly seconds: number;
  readonly only: ReadonlySet<string> | undefined;
  readonly against: boolean;
}

const PAIRS = 100;
const WINDOW = 16;
const READERS = 1000;
const OFFLINE_MESSAGES = 20_000;
const IDLE_COUNTS = [5000, 10_000] as const;
const WARM_UP_SECONDS = 2;

const round = (value: number): number => Math.round(value * 100) / 100;

function speed(name: string, system: System, measured: Measured, note: string): CaseResult {
  return {
    case: name,
    system: system.name,
    durable: system.durable,
    perSecond: Math.round(measured.perSecond),
    p50Ms: round(measured.p50Ms),
    p99Ms: round(measured.p99Ms),
    p999Ms: round(measured.p999Ms),
    cpuMicrosPerMessage: measured.cpuMicrosPerMessage,
    bytesPerConnection: undefined,
    ratio: undefined,
    note,
  };
}

type Case = (system: System, options: Options) => Promise<CaseResult[]>;

/** (a) 100 senders, 100 readers, 1 KiB: the maximum, then latency at fixed rates and at half the maximum. */
const online: Case = async (system, { seconds }) => {
  const meter = new Meter();
  const sequence = new Sequence();
  const pairs = await system.pairs(PAIRS, meter);
  const loop = { system, seconds, warmUpSeconds: WARM_UP_SECONDS };
  const top = await closedLoop(pairs, meter, sequence, { window: WINDOW, ...loop });
  const results = [speed("online", system, top, `${PAIRS} senders, ${PAIRS} readers, ${WINDOW} in flight each`)];
  for (const [name, perSecond] of [
    ["online-2000", 2000],
    ["online-12000", 12_000],
    ["online-half", Math.round(top.perSecond / 2)],
  ] as const) {
    results.push(
      speed(name, system, await openLoop(pairs, meter, sequence, { perSecond, ...loop }), `${perSecond}/s offered`),
    );
  }
  return results;
};

/** (b) stored for readers who are away, then fetched. */
const offline: Case = async (system) => {
  const meter = new Meter();
  const sequence = new Sequence();
  const away = await system.offline(PAIRS, meter);
  const stored = await flood(away.pairs, meter, sequence, { system, count: OFFLINE_MESSAGES });
  const draining = new Span(meter, system);
  await away.drain(OFFLINE_MESSAGES);
  const drained = draining.end(OFFLINE_MESSAGES);
  const none = { p50Ms: 0, p99Ms: 0, p999Ms: 0 };
  const note = `${OFFLINE_MESSAGES} messages to ${PAIRS} readers`;
  return [
    speed("offline-store", system, { ...stored, ...none }, note),
    speed("offline-drain", system, { ...drained, ...none }, note),
  ];
};

/** (c) one writer, a room of 1,000 readers: copies delivered a second. */
const room: Case = async (system, { seconds }) => {
  const meter = new Meter();
  const sequence = new Sequence();
  const writer = await system.room(READERS, meter);
  let copies = 0;
  let inFlight = 0;
  const measured = Promise.withResolvers<CaseResult[]>();
  const fire = (): void => {
    const seq = sequence.take();
    meter.sent(seq, performance.now());
    inFlight++;
    writer.send(seq);
  };
  meter.onDelivered(() => {
    if (++copies % READERS === 0) {
      inFlight--;
      fire();
    }
  });
  for (let i = 0; i < 4; i++) fire();
  setTimeout(() => {
    const span = new Span(meter, system);
    setTimeout(() => {
      const note = `1 writer, ${READERS} readers, ${inFlight} messages in flight`;
      measured.resolve([speed("room", system, span.end(), note)]);
    }, seconds * 1000);
  }, WARM_UP_SECONDS * 1000);
  return await measured.promise;
};

/** (d) resident memory of the process for each idle connection. */
const idle: Case = async (system) => {
  const base = system.residentBytes();
  const results: CaseResult[] = [];
  for (const count of IDLE_COUNTS) {
    const bytes = (await system.idle(count)) - base;
    results.push({
      case: `idle-${count}`,
      system: system.name,
      durable: system.durable,
      perSecond: undefined,
      p50Ms: undefined,
      p99Ms: undefined,
      p999Ms: undefined,
      cpuMicrosPerMessage: undefined,
      bytesPerConnection: Math.round(bytes / count),
      ratio: undefined,
      note: "resident memory above the empty process, connections opened one after another",
    });
  }
  return results;
};

const CASES: Record<string, Case> = { online, offline, room, idle };

async function measure(run: Case, start: () => Promise<System>, options: Options): Promise<CaseResult[]> {
  const system = await start();
  try {
    return await run(system, options);
  } finally {
    await system.close();
  }
}

/** Runs the cases and hands each result on as it comes, ours with the ratio to the peer's. */
export async function benchStation(options: Options, print: (result: CaseResult) => void): Promise<void> {
  for (const [name, run] of Object.entries(CASES)) {
    if (options.only !== undefined && !options.only.has(name)) continue;
    const theirs = options.against ? await measure(run, startEjabberd, options) : [];
    const ours = await measure(run, startChapar, options);
    for (const result of ours) {
      const peer = theirs.find((other) => other.case === result.case);
      if (peer?.perSecond !== undefined && result.perSecond !== undefined)
        result.ratio = round(result.perSecond / peer.perSecond);
      if (peer?.bytesPerConnection !== undefined && result.bytesPerConnection !== undefined) {
        result.ratio = round(peer.bytesPerConnection / result.bytesPerConnection);
      }
    }
    for (const result of [...theirs, ...ours]) print(result);
  }
}
