/* What the watch tells of witnesses and quorums, of heads signed too early, and after a death in the middle of it. */
import { verifyBundle } from "@chapar/evidence";
import { type Cosigner, decodeSignedHead, formatVerifierKey, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import { idText, ledgerOrigin } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { DyingStore } from "./kill.ts";
import { signedHead } from "./liar.ts";
import { firstLog, ofRoom, type Push, type Scene, scene } from "./lying-scene.ts";
import { signerOf } from "./scripted-ledger.ts";
import { check, ports, watched } from "./watched-scene.ts";

const codes = async (s: Scene): Promise<readonly (readonly [string, string])[]> =>
  (await s.dara.client.alerts()).map(({ code, state }) => [code, state] as const);

interface Witness extends Cosigner {
  readonly line: string;
}

async function witness(name: string): Promise<Witness> {
  const signer = await signerOf(name);
  const text = `${idText(signer.publicKey)}/witness`;
  const key = makeVerifierKey(text, NoteAlgorithm.cosignatureEd25519, signer.publicKey, ports.sha256);
  return { key, signer, line: `witness ${name} ${formatVerifierKey(key)}` };
}

/** A policy in which all of these witnesses have to sign. */
async function policyOf(s: Scene, witnesses: readonly Witness[], names: readonly string[]): Promise<string> {
  const { publicKey } = await signerOf("one");
  const origin = ledgerOrigin(s.station.ref.key);
  const logKey = makeVerifierKey(origin, NoteAlgorithm.ed25519, publicKey, ports.sha256);
  const lines = [`log ${formatVerifierKey(logKey)} https://one.example/log`, ...witnesses.map(({ line }) => line)];
  return [...lines, `group enough all ${names.join(" ")}`, "quorum enough", ""].join("\n");
}

describe("witnesses of a log", () => {
  it("S-24 R-2 are enough for final when every one of the final policy signed, each of them a pinned one", async () => {
    const s = await watched();
    const [near, far] = [await witness("near"), await witness("far")];
    s.script.policy = await policyOf(s, [near, far], ["near"]);
    s.script.finalPolicy = await policyOf(s, [near, far], ["near", "far"]);
    s.script.cosigner = near;
    s.script.cosignedAtMs = s.world.clock.nowMs();
    await check(s);
    expect(await s.dara.client.watch()).toMatchObject({ quorum: "live", cosigned: 1, witnesses: 2, code: undefined });
    s.script.cosigners = [far];
    await check(s);
    expect(await s.dara.client.watch()).toMatchObject({ quorum: "final", cosigned: 2 });
    // A final policy of witnesses that nobody pinned is no quorum of theirs.
    const made = await witness("made up");
    s.script.finalPolicy = await policyOf(s, [{ ...made, line: made.line.replace("made up", "made") }], ["made"]);
    s.script.cosigners = [made];
    await check(s);
    expect(await s.dara.client.watch()).toMatchObject({ quorum: "live" });
    await s.end();
  });

  it("R-2 one that disappears is told, and stays told until the station names it again; the pinned policy holds on", async () => {
    const s = await watched();
    const [near, far] = [await witness("near"), await witness("far")];
    const both = await policyOf(s, [near, far], ["near"]);
    s.script.policy = both;
    s.script.cosigner = near;
    s.script.cosignedAtMs = s.world.clock.nowMs();
    await check(s);
    expect(await s.dara.client.alerts()).toEqual([]);
    s.script.policy = await policyOf(s, [near], ["near"]);
    for (let i = 0; i < 2; i++) {
      await check(s);
      expect(await codes(s)).toEqual([["witness-lost", "open"]]);
      expect(await s.dara.client.watch()).toMatchObject({ witnesses: 2, code: undefined });
    }
    await s.dara.stop();
    await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
    s.dara.client.connect();
    await check(s);
    expect(await codes(s)).toEqual([["witness-lost", "open"]]);
    s.script.policy = both;
    await check(s);
    expect(await codes(s)).toEqual([["witness-lost", "restored"]]);
    await s.end();
  });
});

describe("a head that is larger and signed earlier than the one held", () => {
  it("L-32 R-4 is told as backdated, with both heads as proof, and stops the log", async () => {
    const s = await scene();
    const log = await firstLog(s);
    const pushes: Push[] = [];
    s.liar.lie = ofRoom(log, (push) => {
      pushes.push(push);
      return [push];
    });
    await s.sara.client.send(s.id, { text: "true" });
    await s.world.quiet([s.sara, s.dara]);
    const heldMs = timeOf(s, log, pushes.at(-1)!.head);
    const back: Push[] = [];
    s.liar.lie = ofRoom(log, (push) => {
      back.push(push);
      return [];
    });
    await s.sara.client.send(s.id, { text: "signed as if before" });
    await s.world.quiet([s.sara]);
    const push = back.at(-1)!;
    const head = decodeSignedHead(push.head, { stationKey: s.station.ref.key, logId: log });
    if (!head.ok) throw new Error(head.code);
    const { size, root } = head.value;
    const earlier = await signedHead("one", { logId: log, size, root, timeMs: heldMs - 60_000 });
    s.liar.say({ kind: "notice", body: { ...push, head: earlier } });
    for (let i = 0; i < 60 && (await s.dara.client.alerts()).length === 0; i++) await s.world.clock.advance(1_000);
    const [alert, ...more] = await s.dara.client.alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ code: "backdated", conversation: s.id });
    const verdict = await verifyBundle(await s.dara.client.proof(alert!.id), ports);
    expect(verdict).toMatchObject({ ok: true, value: { shape: "statements", fault: "rolled-back" } });
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/backdated" });
    await s.end();
  });
});

function timeOf(s: Scene, log: Uint8Array, head: Uint8Array): number {
  const decoded = decodeSignedHead(head, { stationKey: s.station.ref.key, logId: log as never });
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.value.batch.timeMs;
}

/** A watch that finds a hidden op and a forked room, with a death at one write. @returns whether it was reached */
async function dies(atWrite: number, when: "before" | "after"): Promise<boolean> {
  const s = await watched();
  const identity = fromBase32(s.dara.client.me()!.identity)!;
  const { ops } = (await loadProfile(new MemoryStore(s.dara.medium)))!;
  const { size } = s.script.headOf(s.log)!;
  s.script.chain(identity, ops, { logged: { opCount: 2, commitment: new Uint8Array(32).fill(5) } });
  s.script.head(s.log, { size, root: new Uint8Array(32).fill(3) });
  await s.script.epoch(s.world.clock.nowMs());
  await s.dara.stop();
  const carriers = [s.liar.carrier(s.world.stations.network.carrier())];
  let store: DyingStore | undefined;
  await s.dara.start({
    carriers,
    store: (inner) => (store = new DyingStore(inner, atWrite, when, () => s.world.stations.network.cut())),
  });
  s.dara.client.connect();
  const isDone = async (): Promise<boolean> =>
    store?.isDead === true || (await s.dara.client.alerts().catch(() => [])).length === 2;
  for (let i = 0; i < 200 && !(await isDone()); i++) await s.world.clock.advance(1_000);
  const wasReached = store?.isDead === true;
  await s.dara.stop();
  await s.dara.start({ carriers });
  s.dara.client.connect();
  const found = async (): Promise<string> =>
    (await s.dara.client.alerts())
      .map(({ code }) => code)
      .sort()
      .join();
  for (let i = 0; i < 400 && (await found()) !== "foreign-op,forked"; i++) await s.world.clock.advance(1_000);
  expect(await found()).toBe("foreign-op,forked");
  for (const alert of await s.dara.client.alerts()) {
    if (alert.proof === undefined) continue;
    expect((await verifyBundle(await s.dara.client.proof(alert.id), ports)).ok).toBe(true);
  }
  await s.dara.client.send(s.other, { text: "the rest goes on" });
  await s.world.quiet([s.nima, s.dara]);
  expect((await s.nima.lines(s.other)).at(-1)).toBe("the rest goes on");
  await s.end();
  return wasReached;
}

describe.each(["before", "after"] as const)("an engine killed just %s any of its writes while it watches", (when) => {
  it("R-1 R-4 finds the same again, tells it once, and the rest goes on", async () => {
    let deaths = 0;
    for (let atWrite = 1; atWrite <= 14; atWrite += 1) {
      if (await dies(atWrite, when)) deaths += 1;
    }
    expect(deaths).toBeGreaterThan(3);
  });
});
