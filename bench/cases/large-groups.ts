/*
 * A group of 1,000 in suite 0x0001 with chain keys, as `./chapar bench e2e` measures it: grown by key package, then warmed by 32
 * members who come in from outside into leaves spread over the tree, each with a path of its own. What is measured is
 * done by two who stay: one makes, the other processes.
 *
 * Beside wall time stands processor time of the process, which other work on the machine changes less.
 */
import { type Mls, type MlsGroup, type Pending, type RecordWrite, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";

/** One measured operation of a large group. */
export interface LargeGroupResult {
  readonly case: string;
  readonly suite: "x25519";
  readonly members: number;
  /** median of `runs` */
  readonly ms: number;
  /** processor time, median of `runs` */
  readonly cpuMs: number;
  readonly runs: number;
  readonly wireBytes?: number;
  readonly storedBytes?: number;
}

type Print = (result: LargeGroupResult) => void;

const crypto = nodeCrypto();
const CONTEXT = new Uint8Array(2048);
const NO_PROOF = new Uint8Array(0);
/** hybrid keys in key packages: so many fit into one commit of 512 KiB */
const ADDED_AT_ONCE = 250;
const WARMERS = 32;
const COMMIT_RUNS = 9;
const MESSAGE_RUNS = 300;

interface Timed<T> {
  readonly value: T;
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed<T>(run: () => Promise<T>): Promise<Timed<T>> {
  const cpu = process.cpuUsage();
  const begunMs = performance.now();
  const value = await run();
  const ms = performance.now() - begunMs;
  const { user, system } = process.cpuUsage(cpu);
  return { value, ms, cpuMs: (user + system) / 1000 };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const tenth = (ms: number): number => Math.round(ms * 10) / 10;
const thousandth = (ms: number): number => Math.round(ms * 1000) / 1000;
const bytesOf = (writes: readonly RecordWrite[]): number =>
  writes.reduce((sum, write) => sum + (write.value?.byteLength ?? 0), 0);

interface Figures {
  readonly wireBytes?: number;
  readonly storedBytes?: number;
}

function show(
  print: Print,
  name: string,
  members: number,
  runs: readonly Timed<unknown>[],
  figures: Figures = {},
): void {
  const exact = runs.length > COMMIT_RUNS ? thousandth : tenth;
  const ms = exact(median(runs.map((run) => run.ms)));
  const cpuMs = exact(median(runs.map((run) => run.cpuMs)));
  print({ case: name, suite: "x25519", members, ms, cpuMs, runs: runs.length, ...figures });
}

async function newDevice(): Promise<Parameters<Mls["keyPackage"]>[0]> {
  const signaturePrivateKey = crypto.random(32);
  const device = await crypto.ed25519.publicKey(signaturePrivateKey);
  return { credential: { identity: crypto.random(20), device }, signaturePrivateKey };
}

/** The two who stay, at one epoch. */
interface Pair {
  maker: MlsGroup;
  reader: MlsGroup;
}

/** What a commit leaves for those it adds. */
function forJoiners({ welcome, tree }: Pending): { welcome: Uint8Array; tree: Uint8Array; wireBytes: number } {
  if (welcome === undefined || tree === undefined) throw new Error("nobody was welcomed");
  return { welcome, tree, wireBytes: welcome.byteLength + tree.byteLength };
}

function lastOf<T>(runs: readonly Timed<T>[]): T {
  const last = runs.at(-1);
  if (last === undefined) throw new Error("nothing was run");
  return last.value;
}

/** A group of so many; the second to be played comes in with the last commit. */
async function grown(mls: Mls, members: number, print: Print): Promise<Pair> {
  let maker = (await mls.create(await newDevice(), crypto.random(20), CONTEXT)).group;
  const reader = await newDevice();
  const readerKeys = await mls.keyPackage(reader);
  const commits: Timed<Pending>[] = [];
  for (let size = 1; size < members;) {
    const add: Uint8Array[] = [];
    for (; size < members && add.length < ADDED_AT_ONCE; size++)
      add.push(size === members - 1 ? readerKeys.publicBytes : (await mls.keyPackage(await newDevice())).publicBytes);
    const made = await timed(() => mls.commit(maker, { add, remove: [] }));
    maker = (await mls.merge(maker, made.value)).group;
    commits.push(made);
  }
  const { welcome, tree, wireBytes } = forJoiners(lastOf(commits));
  show(print, `add ${ADDED_AT_ONCE}`, members, commits, { wireBytes: lastOf(commits).frame.byteLength });
  const joined = await timed(() => mls.join(reader, readerKeys, welcome, tree));
  show(print, "join, nobody has warmed the tree", members, [joined], {
    wireBytes,
    storedBytes: bytesOf(joined.value.writes),
  });
  return { maker, reader: joined.value.group };
}

/** One commit of the maker that the reader opens. */
async function committed(
  mls: Mls,
  pair: Pair,
): Promise<{ made: Timed<Pending>; opened: Timed<{ writes: readonly RecordWrite[] }> }> {
  const made = await timed(() => mls.commit(pair.maker, { add: [], remove: [] }));
  pair.maker = (await mls.merge(pair.maker, made.value)).group;
  const opened = await timed(() => mls.open(pair.reader, made.value.frame));
  pair.reader = opened.value.group;
  return { made, opened };
}

async function updates(mls: Mls, pair: Pair, tree: string, runs: number, print: Print): Promise<void> {
  const makes: Awaited<ReturnType<typeof committed>>["made"][] = [];
  const opens: Awaited<ReturnType<typeof committed>>["opened"][] = [];
  for (let i = 0; i < runs; i++) {
    const { made, opened } = await committed(mls, pair);
    makes.push(made);
    opens.push(opened);
  }
  const members = pair.maker.members().length;
  const wireBytes = lastOf(makes).frame.byteLength;
  const [made, opened] = [bytesOf(lastOf(makes).writes), bytesOf(lastOf(opens).writes)];
  show(print, `update commit, ${tree}: make`, members, makes, { wireBytes, storedBytes: made });
  show(print, `update commit, ${tree}: process`, members, opens, { wireBytes, storedBytes: opened });
}

/** Takes members out whose leaves are spread over the tree, and lets as many come in from outside. */
async function warmed(mls: Mls, pair: Pair, print: Print): Promise<void> {
  const members = pair.maker.members().length;
  const remove = Array.from({ length: WARMERS }, (_, i) => Math.floor((i * members) / WARMERS) + 1);
  const removal = await timed(() => mls.commit(pair.maker, { add: [], remove }));
  pair.maker = (await mls.merge(pair.maker, removal.value)).group;
  pair.reader = (await mls.open(pair.reader, removal.value.frame)).group;
  const joins: Timed<{ frame: Uint8Array }>[] = [];
  const opens: Timed<unknown>[] = [];
  let infoBytes = 0;
  for (let i = 0; i < WARMERS; i++) {
    const given = await mls.groupInfo(pair.maker);
    infoBytes = given.info.byteLength + given.tree.byteLength;
    const device = await newDevice();
    const join = await timed(() => mls.joinExternal(device, given, NO_PROOF));
    const opened = await timed(() => mls.open(pair.maker, join.value.frame));
    pair.maker = opened.value.group;
    pair.reader = (await mls.open(pair.reader, join.value.frame)).group;
    joins.push(join);
    opens.push(opened);
  }
  const wireBytes = lastOf(joins).frame.byteLength;
  show(print, "join from outside: make, the last of 32", members, joins.slice(-5), { wireBytes });
  show(print, "join from outside: process, the last of 32", members, opens.slice(-5), { wireBytes });
  show(print, "GroupInfo and tree", members, [await timed(() => mls.groupInfo(pair.maker))], { wireBytes: infoBytes });
}

async function oneMore(mls: Mls, pair: Pair, print: Print): Promise<void> {
  const device = await newDevice();
  const keys = await mls.keyPackage(device);
  const made = await timed(() => mls.commit(pair.maker, { add: [keys.publicBytes], remove: [] }));
  const { frame } = made.value;
  const { welcome, tree, wireBytes } = forJoiners(made.value);
  const members = pair.maker.members().length + 1;
  show(print, "add one, warm: make", members, [made], { wireBytes: frame.byteLength });
  const joined = await timed(() => mls.join(device, keys, welcome, tree));
  show(print, "join, warm", members, [joined], {
    wireBytes,
    storedBytes: bytesOf(joined.value.writes),
  });
  const opened = await timed(() => mls.open(pair.reader, frame));
  show(print, "add one, warm: process", members, [opened], { wireBytes: frame.byteLength });
  pair.maker = (await mls.merge(pair.maker, made.value)).group;
  pair.reader = opened.value.group;
}

async function messages(mls: Mls, pair: Pair, print: Print): Promise<void> {
  const content = new Uint8Array(1024).fill(0x61);
  const [seals, opens]: [Timed<unknown>[], Timed<unknown>[]] = [[], []];
  let figures: [Figures, Figures] = [{}, {}];
  for (let i = 0; i < MESSAGE_RUNS; i++) {
    const sealed = await timed(() => mls.seal(pair.maker, content));
    const { frame } = sealed.value;
    const opened = await timed(() => mls.open(pair.reader, frame));
    pair.maker = sealed.value.group;
    pair.reader = opened.value.group;
    if (i === 0) continue;
    const wireBytes = frame.byteLength;
    figures = [
      { wireBytes, storedBytes: bytesOf(sealed.value.writes) },
      { wireBytes, storedBytes: bytesOf(opened.value.writes) },
    ];
    seals.push(sealed);
    opens.push(opened);
  }
  const members = pair.maker.members().length;
  show(print, "seal 1 KiB", members, seals, figures[0]);
  show(print, "open 1 KiB", members, opens, figures[1]);
}

/** Measures a group of so many members. Cost: about a minute and a half at 1,000 on an idle machine. */
export async function benchLargeGroup(members: number, print: Print): Promise<void> {
  const nowMs = (): number => Date.now();
  const mls = tsMls({ crypto, authenticate: () => true, allow: () => true, nowMs, suite: "x25519" });
  const pair = await grown(mls, members, print);
  await messages(mls, pair, print);
  await updates(mls, pair, "nobody has warmed the tree", 2, print);
  await warmed(mls, pair, print);
  await updates(mls, pair, "warm", COMMIT_RUNS, print);
  await oneMore(mls, pair, print);
}
