/*
 * `./chapar bench e2e`: sealing and opening 1 KiB, commits and joins at up to 250 members with X-Wing and at 1,000 in suite
 * 0x0001 (cases/large-groups.ts), in Node, as the client uses them: through the Mls port with the node:crypto provider and
 * every check on. Medians of runs after a warm-up. "update" is a commit that only renews the committer's leaf, first in a
 * tree that nobody has warmed.
 */
import {
  tsMls,
  type DeviceKeys,
  type KeyPackage,
  type Mls,
  type MlsGroup,
  type Pending,
  type RecordWrite,
  type SuiteName,
} from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { benchLargeGroup, type LargeGroupResult } from "./cases/large-groups.ts";

/** One measured operation. */
export interface EndToEndResult {
  readonly case: string;
  readonly suite: SuiteName;
  readonly members: number;
  /** median of `runs` */
  readonly ms: number;
  readonly runs: number;
  /** bytes on the wire, where the operation makes some */
  readonly wireBytes: number | undefined;
  /** bytes written to the store */
  readonly storedBytes: number | undefined;
}

const crypto = nodeCrypto();
const CONTEXT = new Uint8Array(64);
const MESSAGE = new Uint8Array(1024).fill(0x61);
const MESSAGE_RUNS = 400;
/** how many joiners one commit takes within its limit of 512 KiB */
const ADDED_AT_ONCE = 100;
const LARGE = 1000;
const SIZES: readonly { readonly suite: SuiteName; readonly members: number }[] = [
  { suite: "x-wing", members: 2 },
  { suite: "x-wing", members: 10 },
  { suite: "x-wing", members: 100 },
  { suite: "x-wing", members: 250 },
];

interface Member {
  readonly device: DeviceKeys;
  readonly keys: KeyPackage;
}

async function member(mls: Mls): Promise<Member> {
  const seed = crypto.random(32);
  const credential = { identity: crypto.random(20), device: await crypto.ed25519.publicKey(seed) };
  const device: DeviceKeys = { credential, signaturePrivateKey: seed };
  return { device, keys: await mls.keyPackage(device) };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const bytesOf = (writes: readonly RecordWrite[]): number =>
  writes.reduce((sum, write) => sum + (write.value?.byteLength ?? 0), 0);
const round = (ms: number): number => Math.round(ms * 1000) / 1000;

async function timed<T>(run: () => Promise<T>): Promise<readonly [T, number]> {
  const begunMs = performance.now();
  const value = await run();
  return [value, performance.now() - begunMs];
}

type Figures = Pick<EndToEndResult, "case" | "ms" | "runs" | "wireBytes" | "storedBytes">;

/** Seal by one member, open by another, in order. */
async function messages(
  mls: Mls,
  sender: MlsGroup,
  reader: MlsGroup,
): Promise<{ readonly reader: MlsGroup; readonly results: readonly Figures[] }> {
  const [sealMs, openMs]: [number[], number[]] = [[], []];
  let [from, to] = [sender, reader];
  let [wireBytes, sealBytes, openBytes] = [0, 0, 0];
  for (let i = 0; i < MESSAGE_RUNS * 1.25; i++) {
    const [sealed, sealedMs] = await timed(() => mls.seal(from, MESSAGE));
    const [opened, openedMs] = await timed(() => mls.open(to, sealed.frame));
    if (opened.incoming.kind !== "message" || opened.incoming.content.byteLength !== MESSAGE.byteLength) {
      throw new Error("not what was sealed");
    }
    [from, to] = [sealed.group, opened.group];
    [wireBytes, sealBytes, openBytes] = [sealed.frame.byteLength, bytesOf(sealed.writes), bytesOf(opened.writes)];
    if (i < MESSAGE_RUNS * 0.25) continue;
    sealMs.push(sealedMs);
    openMs.push(openedMs);
  }
  const results = [
    { case: "seal 1 KiB", ms: round(median(sealMs)), runs: MESSAGE_RUNS, wireBytes, storedBytes: sealBytes },
    { case: "open 1 KiB", ms: round(median(openMs)), runs: MESSAGE_RUNS, wireBytes, storedBytes: openBytes },
  ];
  return { reader: to, results };
}

async function groupOf(suite: SuiteName, members: number, print: (result: EndToEndResult) => void): Promise<void> {
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now(), suite });
  const [first, ...others] = await Promise.all(Array.from({ length: members }, () => member(mls)));
  const [joiner, other] = others;
  if (first === undefined || joiner === undefined) throw new Error("a group has two members");
  const show = (name: string, ms: number, wireBytes?: number, storedBytes?: number): void =>
    print({ case: name, suite, members, ms: round(ms), runs: 1, wireBytes, storedBytes });

  const created = await mls.create(first.device, crypto.random(20), CONTEXT);
  // The two who are measured join last; a commit holds the key packages it adds, so larger groups grow in steps.
  const waiting = others.toReversed();
  let group = created.group;
  let added: Pending | undefined;
  let [addMs, addBytes, commits] = [0, 0, 0];
  while (waiting.length > 0) {
    const add = waiting.splice(0, ADDED_AT_ONCE).map((one) => one.keys.publicBytes);
    const [pending, ms] = await timed(() => mls.commit(group, { add, remove: [] }));
    addMs += ms;
    addBytes += pending.frame.byteLength;
    commits++;
    group = (await mls.merge(group, pending)).group;
    added = pending;
  }
  show(`add all in ${commits} commit${commits === 1 ? "" : "s"}`, addMs, addBytes);
  if (added?.welcome === undefined || added.tree === undefined) throw new Error("nobody was welcomed");
  const { welcome, tree } = added;
  const [joined, joinMs] = await timed(() => mls.join(joiner.device, joiner.keys, welcome, tree));
  show("join", joinMs, welcome.byteLength + tree.byteLength, bytesOf(joined.writes));
  const talked = await messages(mls, group, joined.group);
  for (const result of talked.results) print({ suite, members, ...result });
  if (other === undefined) return;

  const fresh = await mls.join(other.device, other.keys, welcome, tree);
  const [update, updateMs] = await timed(() => mls.commit(fresh.group, { add: [], remove: [] }));
  show("update commit, first in a cold tree: make", updateMs, update.frame.byteLength);
  const [processed, processMs] = await timed(() => mls.open(talked.reader, update.frame));
  show("update commit, first in a cold tree: process", processMs, update.frame.byteLength, bytesOf(processed.writes));
  const [again, againMs] = await timed(() => mls.commit(processed.group, { add: [], remove: [] }));
  show("update commit, second: make", againMs, again.frame.byteLength);
}

/** Measures all sizes; the largest last. Takes about two minutes. */
export async function benchEndToEnd(print: (result: EndToEndResult | LargeGroupResult) => void): Promise<void> {
  for (const { suite, members } of SIZES) await groupOf(suite, members, print);
  await benchLargeGroup(LARGE, print);
}
