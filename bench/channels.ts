/*
 * A channel with 10,000 readers (protocol/20-channels.md), without stations: what a join, a removal, a week and a letter cost whoever leads, writes
 * and reads, and how large each is on the board.
 */
import {
  firstChainKey,
  followTree,
  LeaderKeys,
  type LetterChain,
  MAX_LEAVES,
  openLetter,
  openPeriod,
  type PeriodBody,
  type PeriodEntry,
  periodSecrets,
  sealLetter,
  sealPeriod,
} from "@chapar/e2e/channels";
import { hpke, xWing } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";

const READERS = 10_000;
const RUNS = 21;
const LETTERS = 500;
const crypto = nodeCrypto();
const NOTHING = new Uint8Array(0);

/** One measured operation. */
export interface ChannelResult {
  readonly case: string;
  readonly readers: number;
  /** median of `runs` */
  readonly ms: number;
  readonly runs: number;
  readonly bytes?: number;
}

type Print = (result: ChannelResult) => void;

async function timed<T>(run: () => Promise<T> | T): Promise<{ readonly value: T; readonly ms: number }> {
  const begunMs = performance.now();
  const value = await run();
  return { value, ms: performance.now() - begunMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const thousandth = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Leaves as identities have them: spread over the tree by a hash. */
function leavesOf(count: number): Set<number> {
  const leaves = new Set<number>();
  for (let at = 0; leaves.size < count; at++) {
    const hash = crypto.sha256(new TextEncoder().encode(`reader ${at}`));
    leaves.add(((hash[0] ?? 0) * 256 + (hash[1] ?? 0)) % MAX_LEAVES);
  }
  return leaves;
}

/** A channel as its leader and one of its readers hold it. */
class Channel {
  readonly keys = new LeaderKeys(crypto, crypto.random(32), false);
  readonly log: Uint8Array = crypto.random(32);
  readonly present: Set<number> = leavesOf(READERS);
  readonly deviceSeed: Uint8Array = crypto.random(32);
  period = 0;
  reader = { leaf: 0, keys: [] as readonly Uint8Array[] };
  #device: Uint8Array | undefined;

  async signer() {
    const device = (this.#device ??= await crypto.ed25519.publicKey(this.deviceSeed));
    return { device, sign: async (message: Uint8Array) => crypto.ed25519.sign(this.deviceSeed, message) };
  }

  async commit(gone: readonly number[]): Promise<{ readonly frame: Uint8Array; readonly entry: PeriodEntry }> {
    const period = this.period + 1;
    for (const leaf of gone) this.present.delete(leaf);
    const periodKey = this.keys.periodKey(period);
    const seals = await this.keys.tree.rekey(period, gone, this.present, periodKey);
    const { ed25519 } = crypto;
    const entry = {
      log: this.log,
      ends: this.period,
      nextWriteKey: await ed25519.publicKey(this.keys.writeSeed(period)),
      nextReadKey: await ed25519.publicKey(periodSecrets(crypto, periodKey).readSeed),
      revokesReaders: gone.length > 0,
    };
    const note = await this.keys.sealNote(period, new Uint8Array(3 * gone.length), crypto.random(12));
    const described = { name: "Mountain news", about: "What happens up there", readers: this.present.size };
    const writers = [crypto.random(20), crypto.random(20)];
    const frontier = { size: 20, root: crypto.random(32) };
    const body: PeriodBody = {
      period,
      ...described,
      writers,
      people: Uint8Array.of(0),
      seats: [],
      seals,
      note,
      frontier,
    };
    const { commitKey } = periodSecrets(crypto, this.keys.periodKey(this.period));
    return { frame: await sealPeriod(crypto, commitKey, entry, body, await this.signer()), entry };
  }

  async follow({ frame, entry }: { readonly frame: Uint8Array; readonly entry: PeriodEntry }): Promise<void> {
    const { commitKey } = periodSecrets(crypto, this.keys.periodKey(this.period));
    const body = await openPeriod(crypto, commitKey, entry, frame, async () => true);
    const followed = await followTree(crypto, this.reader, body.period, body.seals);
    if (followed === undefined) throw new Error("the reader is not in it");
    this.reader = { leaf: this.reader.leaf, keys: followed.keys };
    this.period = body.period;
  }
}

async function periods(channel: Channel, print: Print, name: string, takes: number): Promise<void> {
  const makes: number[] = [];
  const follows: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const gone = [...channel.present].filter((leaf) => leaf !== channel.reader.leaf).slice(0, takes);
    const made = await timed(() => channel.commit(gone));
    makes.push(made.ms);
    bytes = made.value.frame.byteLength;
    follows.push((await timed(() => channel.follow(made.value))).ms);
  }
  const of = { readers: channel.present.size, runs: RUNS };
  print({ case: `${name}, leader`, ...of, ms: thousandth(median(makes)), bytes });
  print({ case: `${name}, reader`, ...of, ms: thousandth(median(follows)) });
}

async function joins(channel: Channel, print: Print): Promise<void> {
  const box = hpke(crypto, { kem: xWing(crypto), hash: "sha512", aeadKeyBytes: 32 });
  const made: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const { publicKey } = await xWing(crypto).deriveKeyPair(crypto.random(32));
    const grant = await timed(async () => {
      const path = channel.keys.tree.path(run, channel.period);
      const plain = new Uint8Array(2048);
      for (const [at, key] of path.entries()) plain.set(key, 32 * at);
      return box.seal(publicKey, NOTHING, NOTHING, plain);
    });
    made.push(grant.ms);
    bytes = (grant.value?.enc.byteLength ?? 0) + (grant.value?.ciphertext.byteLength ?? 0) + 1;
  }
  print({ case: "join, leader", readers: channel.present.size, ms: thousandth(median(made)), runs: RUNS, bytes });
  const held = channel.reader.keys.reduce((sum, key) => sum + key.byteLength, 0);
  print({ case: "what a reader holds of the tree", readers: channel.present.size, ms: 0, runs: 1, bytes: held });
}

async function letters(channel: Channel, print: Print): Promise<void> {
  const signer = await channel.signer();
  const periodKey = channel.keys.periodKey(channel.period);
  const { headKey } = periodSecrets(crypto, periodKey);
  const place = { log: channel.log, period: channel.period, headKey };
  const start = { device: signer.device, index: 0, key: firstChainKey(crypto, periodKey, signer.device) };
  const seals: number[] = [];
  const opens: number[] = [];
  let [writer, reader]: [LetterChain, LetterChain] = [start, start];
  let bytes = 0;
  for (let run = 0; run < LETTERS; run++) {
    const sealed = await timed(() => sealLetter(crypto, place, writer, new Uint8Array(200), signer));
    writer = sealed.value.chain;
    seals.push(sealed.ms);
    bytes = sealed.value.frame.byteLength;
    const opened = await timed(() => openLetter(crypto, place, sealed.value.frame, () => reader));
    reader = opened.value.chain;
    opens.push(opened.ms);
  }
  const of = { readers: channel.present.size, runs: LETTERS };
  print({ case: "publish, writer", ...of, ms: thousandth(median(seals)), bytes });
  print({ case: "publish, reader", ...of, ms: thousandth(median(opens)) });
}

/** Measures a channel of 10,000 readers. */
export async function benchChannels(print: Print): Promise<void> {
  const channel = new Channel();
  const [leaf = 0] = channel.present;
  channel.reader = { leaf, keys: channel.keys.tree.path(leaf, 0) };
  await letters(channel, print);
  await joins(channel, print);
  await periods(channel, print, "week", 0);
  await periods(channel, print, "removal of 1", 1);
  await periods(channel, print, "removal of 10", 10);
  await periods(channel, print, "removal of 100", 100);
  await joins(channel, print);
}
