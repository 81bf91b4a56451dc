/* What a station withholds, members give back (protocol/9-rule-r.md §7). */
import { decodeEntry, type Frame, ledgerLogKey, type Request, type Response } from "@chapar/wire";
import { createEvidencePorts, decodeAck, signManifest, signReaderWord, verifyBundle } from "@chapar/evidence";
import { TestLedger } from "@chapar/evidence/testing";
import { decodeSignedHead } from "@chapar/log";
import { nodeCrypto } from "@chapar/e2e/node";
import { describe, expect, it } from "vitest";
import type { MessageView } from "../src/index.ts";
import { keptShelf } from "../src/repair/kept-rows.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { DyingStore } from "./kill.ts";
import { flip, type Liar } from "./liar.ts";
import { firstLog, fork, ofRoom, type Push, type Scene, scene } from "./lying-scene.ts";
import { signerOf } from "./scripted-ledger.ts";

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);
const { hasher } = ports;

async function lines(s: Scene): Promise<readonly MessageView[]> {
  return s.dara.client.messages(s.id, { limit: 50 });
}

/** Lets time pass until Dara has as many lines. */
async function until(s: Scene, done: () => Promise<boolean>, seconds = 300): Promise<void> {
  for (let i = 0; i < seconds && !(await done()); i++) await s.world.clock.advance(1_000);
}

/** Sara writes while Dara is away, and is away herself when Dara comes back. */
async function writeAndLeave(s: Scene, texts: readonly string[]): Promise<void> {
  await s.dara.stop();
  for (const text of texts) await s.sara.client.send(s.id, { text });
  await s.world.quiet([s.sara]);
  await s.sara.stop();
  await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
  s.dara.client.connect();
}

async function comeBack(s: Scene): Promise<void> {
  await s.sara.start();
  s.sara.client.connect();
}

describe("entries that a station does not give", () => {
  it("R-20 R-21 come from members, at their place, marked as restored; the station goes on lying", async () => {
    const s = await scene();
    const log = await firstLog(s);
    s.liar.lie = ofRoom(log, (push) => [
      { ...push, entries: push.entries.map((entry) => flip(entry, entry.byteLength - 1)) },
    ]);
    await s.sara.client.send(s.id, { text: "under the lie" });
    await s.sara.client.send(s.id, { text: "and one more" });
    await until(s, async () => (await lines(s)).length === 3);
    expect((await lines(s)).map(({ text, restored }) => [text, restored ?? false])).toEqual([
      ["before", false],
      ["under the lie", true],
      ["and one more", true],
    ]);
    await until(s, async () => (await s.dara.client.alerts())[0]?.state === "restored");
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "altered", state: "restored", conversation: s.id }]);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "open", fault: undefined });
    await s.dara.client.send(s.id, { text: "sent all the same" });
    await until(s, async () => (await s.sara.lines(s.id)).length === 4);
    expect(await s.sara.lines(s.id)).toEqual(["before", "under the lie", "and one more", "sent all the same"]);
    s.liar.repent();
    await s.world.clock.advance(60_000);
    await s.world.quiet([s.sara, s.dara, s.nima]);
    expect(await s.dara.lines(s.id)).toEqual(["before", "under the lie", "and one more", "sent all the same"]);
    await s.end();
  });

  it("R-23 R-22 the room is read past what the station owes and does not give; letters take the places of the lines", async () => {
    const s = await scene();
    const hidden = await hide(s, ["present", "present"]);
    await writeAndLeave(s, ["hidden one", "hidden two"]);
    await until(s, async () => hidden.count() === 0 && (await lines(s)).length === 3);
    expect(await s.dara.lines(s.id)).toEqual(["before", "[client/withheld]", "[client/withheld]"]);
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "withheld", state: "asking", conversation: s.id }]);
    // Nobody tells what the letters were, until their sender is there again.
    await comeBack(s);
    await s.sara.client.send(s.id, { text: "seen" });
    await until(s, async () => (await lines(s)).every(({ gap }) => gap === undefined));
    expect((await lines(s)).map(({ text, restored, position }) => [position, text, restored ?? false])).toEqual([
      [0, "before", false],
      [1, "hidden one", true],
      [2, "hidden two", true],
      [3, "seen", false],
    ]);
    await until(s, async () => (await s.dara.client.alerts())[0]?.state === "restored");
    expect(await s.dara.client.alerts()).toMatchObject([
      { code: "withheld", state: "restored", missing: 2, restored: 2 },
    ]);
    await s.dara.stop();
    await s.dara.start();
    expect(await s.dara.lines(s.id)).toEqual(["before", "hidden one", "hidden two", "seen"]);
    await s.end();
  });

  it.each([
    ["R-23 R-8 pruned before this device needed it no more", "pruned", "pruned-early"],
    ["R-23 expired before its time", "expired", "expired-early"],
    ["R-23 removed under a tombstone that says something else", "removed", "removed-unlogged"],
  ] as const)("%s: is told with a proof, and comes back from members", async (_, status, code) => {
    const s = await scene((liar) => (liar.answer = registering(liar)));
    const hidden = await hide(s, [status], { tombstone: "false" });
    await writeAndLeave(s, ["gone"]);
    await until(s, async () => hidden.count() === 0 && (await lines(s)).length === 2);
    expect(await s.dara.lines(s.id)).toEqual(["before", `[client/${status}]`]);
    await until(s, async () => (await s.dara.client.alerts()).some(({ proof }) => proof !== undefined));
    const [alert, ...more] = await s.dara.client.alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ code, conversation: s.id, missing: 1, proof: { shape: "manifest" } });
    const proof = await s.dara.client.proof(alert!.id);
    expect(proof.byteLength).toBeLessThanOrEqual(4096);
    expect(await verifyBundle(proof, ports)).toMatchObject({ ok: true, value: { shape: "manifest" } });
    await comeBack(s);
    await s.sara.client.send(s.id, { text: "seen" });
    await until(s, async () => (await lines(s)).every(({ gap }) => gap === undefined));
    expect(await s.dara.lines(s.id)).toEqual(["before", "gone", "seen"]);
    expect((await s.dara.client.alerts())[0]).toMatchObject({ code, restored: 1, state: "restored" });
    await s.end();
  });

  it.each([
    ["the receipt that this device was given for the place", "dara"],
    ["the entry that a member gave, and the station's own proof of it", "sara"],
  ] as const)("R-5 a manifest that names another entry than %s is told, with both as proof", async (_, writer) => {
    const s = await scene();
    const hidden = await hide(s, ["present"], { leaf: "false" });
    const { answer } = s.liar;
    const refused = { type: "error", code: "station/rate-limited", detail: 1 } as const;
    // A receipt needs nothing of the station any more.
    if (writer === "dara") s.liar.answer = (request) => (request.type === "log.inclusion" ? refused : answer(request));
    // Nor of members, who would give the entry back before the station is asked again.
    if (writer === "dara") await s.sara.stop();
    await s[writer].client.send(s.id, { text: "hidden" });
    await until(s, async () => (await s.dara.client.alerts()).some(({ proof }) => proof !== undefined));
    expect(hidden.count()).toBe(0);
    const [alert, ...more] = await s.dara.client.alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ code: "altered", conversation: s.id, proof: { shape: "manifest" } });
    const proof = await s.dara.client.proof(alert!.id);
    expect(await verifyBundle(proof, ports)).toMatchObject({ ok: true, value: { fault: "other-leaf" } });
    if (writer === "dara") await comeBack(s);
    await until(s, async () => (await lines(s)).length === 2);
    expect(await s.dara.lines(s.id)).toEqual(["before", "hidden"]);
    await s.end();
  });

  it("R-23 what was removed overtly says under whose law, accuses nobody, and comes back from members", async () => {
    const s = await scene();
    const hidden = await hide(s, ["removed"], { tombstone: "true" });
    await writeAndLeave(s, ["removed"]);
    await until(s, async () => hidden.count() === 0 && (await lines(s)).length === 2);
    expect((await lines(s))[1]!.gap).toEqual({
      code: "client/removed",
      entries: 1,
      removal: { region: "IR", reason: "an order", reference: "12/34" },
    });
    await comeBack(s);
    await s.sara.client.send(s.id, { text: "seen" });
    await until(s, async () => (await lines(s)).every(({ gap }) => gap === undefined));
    expect((await lines(s)).map(({ text, restored }) => [text, restored ?? false])).toEqual([
      ["before", false],
      ["removed", true],
      ["seen", false],
    ]);
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.end();
  });

  it("R-8 a reader key is registered once for a room, and acknowledges what was read 30 days ago; then it goes here", async () => {
    const asked: Request[] = [];
    const s = await scene((liar) => {
      const register = registering(liar);
      liar.answer = (request) => {
        if (request.type === "log.reader" || request.type === "log.ack") asked.push(request);
        return request.type === "log.ack" ? Promise.resolve({ type: "done" }) : register(request);
      };
    });
    const log = await firstLog(s);
    const [position] = (await lines(s)).map((line) => line.position);
    await s.dara.client.markRead(s.id, position!);
    await s.dara.stop();
    s.world.clock.jump(31 * 86_400_000);
    await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
    s.dara.client.connect();
    await s.world.quiet([s.dara]);
    await s.world.clock.advance(5_000);
    const ofLog = asked.filter((one) => "log" in one && Buffer.compare(one.log, log) === 0);
    expect(ofLog.map(({ type }) => type)).toEqual(["log.reader", "log.ack"]);
    const [, ack] = ofLog;
    const decoded = decodeAck(ack?.type === "log.ack" ? ack.ack : new Uint8Array(0));
    expect(decoded.ok && decoded.value.upTo).toBeGreaterThan(0);
    await s.dara.stop();
    const kept = await keptShelf.range(new MemoryStore(s.dara.medium), { prefix: log });
    expect(kept).toEqual([]);
    await s.end();
  });

  it("R-24 a conversation whose log was forked keeps what was read, goes on with what members give, and with sending", async () => {
    const s = await scene();
    await fork(s);
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "forked", conversation: s.id }]);
    await s.sara.client.send(s.id, { text: "after the fork" });
    await s.dara.client.send(s.id, { text: "still here" });
    await until(s, async () => (await lines(s)).length === 4);
    expect((await lines(s)).map(({ text, restored, state }) => [text, restored ?? false, state])).toEqual([
      ["before", false, "received"],
      ["true", false, "received"],
      ["still here", false, "at-station"],
      ["after the fork", true, "received"],
    ]);
    expect(await s.sara.lines(s.id)).toEqual(["before", "true", "after the fork", "still here"]);
    await s.dara.stop();
    await s.sara.client.send(s.id, { text: "while away" });
    await s.dara.start({ carriers: [s.liar.carrier(s.world.stations.network.carrier())] });
    s.dara.client.connect();
    await until(s, async () => (await lines(s)).length === 5);
    expect((await lines(s)).at(-1)).toMatchObject({ text: "while away", restored: true });
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.end();
  });

  it("R-23 an inbox is read past what expired there", async () => {
    const s = await scene();
    const signer = await signerOf("one");
    let gone: { readonly first: number; readonly entry: Uint8Array; readonly head: Uint8Array } | undefined;
    s.liar.lie = (frame) => {
      if (frame.kind !== "notice" || frame.body.type !== "log.push") return [frame];
      const { log, first, entries, head } = frame.body;
      const [entry] = entries;
      const decoded = entry === undefined ? undefined : decodeEntry(entry);
      if (entry === undefined || !decoded?.ok || decoded.value.kind !== "knock" || (gone && gone.first !== first))
        return [frame];
      gone = { first, entry, head };
      const after = { ...frame.body, first: first + 1, entries: entries.slice(1) };
      const gap = { kind: "notice", body: { type: "log.gap", log, first, count: 1 } } as const;
      return after.entries.length === 0 ? [gap] : [gap, { kind: "notice", body: after }];
    };
    s.liar.answer = (request) => {
      if (request.type !== "log.manifest" || gone === undefined) return undefined;
      const { log, first, reader } = request;
      const head = decodeSignedHead(gone.head, { stationKey: signer.publicKey, logId: log });
      if (!head.ok) throw new Error(head.code);
      const { size, root, batch } = head.value;
      // So late that nothing that is held shows it to be too early.
      const timeMs = batch.timeMs + 200 * 86_400_000;
      const items = [{ status: "expired", leafHash: hasher.leaf(gone.entry) }] as const;
      const said = { log, reader, timeMs, size, root, first, ack: new Uint8Array(0), tombstones: [], items };
      return signManifest(said, signer).then((manifest) => ({ type: "log.manifest", manifest }));
    };
    const eve = await s.world.person("Eve", s.station);
    const omid = await s.world.person("Omid", s.station);
    for (const person of [eve, omid]) {
      person.client.connect();
      await person.client.open(await s.dara.client.invite());
      await s.world.quiet([person]);
      await s.world.clock.advance(5_000);
    }
    await until(s, async () => (await s.dara.client.conversations()).length === 3);
    expect(gone).toBeDefined();
    expect(await s.dara.client.alerts()).toEqual([]);
    const names = (await s.dara.client.conversations()).map(({ people }) => people[0]?.name);
    expect(names).not.toContain("Eve");
    for (const person of [eve, omid]) await person.stop();
    await s.end();
  });
});

/** Dara's engine over her data, with a store that dies at its n-th write; 0 never dies. */
async function startDying(s: Scene, atWrite: number, when: "before" | "after"): Promise<DyingStore> {
  let store: DyingStore | undefined;
  await s.dara.start({
    carriers: [s.liar.carrier(s.world.stations.network.carrier())],
    store: (inner) => (store = new DyingStore(inner, atWrite, when, () => s.world.stations.network.cut())),
  });
  s.dara.client.connect();
  return store!;
}

/** Repair with a death at one write. @returns whether it was reached */
async function dies(atWrite: number, when: "before" | "after"): Promise<boolean> {
  const s = await scene();
  await s.dara.stop();
  await hide(s, ["present"]);
  for (const text of ["hidden", "seen"]) await s.sara.client.send(s.id, { text });
  await s.world.quiet([s.sara]);
  const store = await startDying(s, atWrite, when);
  const isDone = async (): Promise<boolean> => {
    const [alert] = await s.dara.client.alerts().catch(() => []);
    return store.isDead || alert?.state === "restored";
  };
  await until(s, isDone);
  if (store.isDead) {
    await s.dara.stop();
    await startDying(s, 0, when);
    await until(s, async () => (await s.dara.lines(s.id)).join() === "before,hidden,seen", 900);
  }
  expect(await s.dara.lines(s.id)).toEqual(["before", "hidden", "seen"]);
  expect((await s.dara.client.messages(s.id, { limit: 2 }))[0]).toMatchObject({ restored: true, position: 1 });
  expect((await s.dara.client.alerts()).map(({ code }) => code)).toEqual(["withheld"]);
  await s.end();
  return store.isDead;
}

describe.each(["before", "after"] as const)("an engine killed just %s any of its writes while it repairs", (when) => {
  it("R-23 R-22 loses nothing, shows nothing twice, and accuses once", async () => {
    let atWrite = 1;
    while (await dies(atWrite, when)) atWrite += 1;
    expect(atWrite).toBeGreaterThan(5);
  }, 900_000);
});

/** The station registers readers. */
function registering({ answer }: Liar): (request: Request) => Promise<Response> | undefined {
  return (request) => {
    if (request.type !== "log.reader") return answer(request) as Promise<Response> | undefined;
    const { log, reader, from } = request;
    return signerOf("one")
      .then((signer) => signReaderWord({ log, reader, from, timeMs: 1 }, signer))
      .then((word) => ({ type: "log.reader", word }));
  };
}

/** The station leaves out the next entries of the room, and signs what it says became of them. */
async function hide(
  s: Scene,
  statuses: readonly ("present" | "pruned" | "expired" | "removed")[],
  {
    tombstone = "true",
    leaf = "true",
  }: { readonly tombstone?: "true" | "false"; readonly leaf?: "true" | "false" } = {},
): Promise<{ readonly count: () => number }> {
  const log = await firstLog(s);
  const signer = await signerOf("one");
  const gone = new Map<number, { readonly entry: Uint8Array; readonly push: Push }>();
  let left = statuses.length;
  s.liar.lie = (frame): readonly Frame[] => {
    if (frame.kind !== "notice" || frame.body.type !== "log.push") return [frame];
    const push = frame.body;
    if (Buffer.compare(push.log, log) !== 0) return [frame];
    const out: Frame[] = [];
    for (const [at, entry] of push.entries.entries()) {
      const index = push.first + at;
      const decoded = decodeEntry(entry);
      const isMessage = decoded.ok && decoded.value.kind === "message";
      if (isMessage && left > 0 && !gone.has(index)) {
        left -= 1;
        gone.set(index, { entry, push });
      }
      if (gone.has(index)) {
        out.push({ kind: "notice", body: { type: "log.gap", log, first: index, count: 1 } });
      } else out.push({ kind: "notice", body: { ...push, first: index, entries: [entry] } });
    }
    return out;
  };
  const before = s.liar.answer;
  const ledger = new TestLedger(signer);
  s.liar.answer = (request) => {
    if (request.type === "ledger.leaf") {
      return ledger.leafClaim(request.index).then((claim) => ({ type: "ledger.leaf", ...claim }));
    }
    if (request.type !== "log.manifest") return before(request);
    const { first, count, reader } = request;
    const items = Array.from({ length: count }, (_, at) => {
      const entry = leaf === "true" ? gone.get(first + at)?.entry : undefined;
      const leafHash = hasher.leaf(entry ?? new Uint8Array(0));
      return { status: statuses[[...gone.keys()].indexOf(first + at)] ?? "present", leafHash } as const;
    });
    const last = [...gone.values()].at(-1)!;
    const head = decodeSignedHead(last.push.head, { stationKey: signer.publicKey, logId: log });
    if (!head.ok) throw new Error(head.code);
    const { size, root } = head.value;
    const said = { log, reader, timeMs: head.value.batch.timeMs, size, root, first, ack: new Uint8Array(0) };
    const removed = items.flatMap(({ status, leafHash }, offset) =>
      status === "removed" ? [{ offset, leafHash }] : [],
    );
    const tombstones = removed.map(({ offset, leafHash }) => {
      const at = { log: ledgerLogKey(log, ports.sha256), index: first + offset, leafHash, timeMs: said.timeMs };
      const wrong = tombstone === "false" ? { index: 9999 } : {};
      const leaf = { kind: "tombstone", ...at, ...wrong, reason: "an order", reference: "12/34" } as const;
      return { offset, generation: 1, ledgerIndex: ledger.record(leaf) };
    });
    return ledger
      .epoch(new Map(), new Map(), said.timeMs, true)
      .then(() => signManifest({ ...said, tombstones, items }, signer))
      .then((manifest) => ({ type: "log.manifest", manifest }));
  };
  return { count: () => left };
}
