/* A hub that lies about a channel's board (protocol/20-channels.md §7): what its reader notices and proves, and what is not lost. */
import { signManifest } from "@chapar/evidence";
import { consistencyProof, decodeSignedHead, inclusionProof, MemoryTree } from "@chapar/log";
import { decodeEntry, encodeEntry, type Frame, type Response } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { type BoardScene, boardScene, goesOn, judged, onlyAlert, ports, until } from "./board-lying-scene.ts";
import { periodOf } from "./channel-scene.ts";
import { signedHead } from "./liar.ts";
import { ofRoom } from "./lying-scene.ts";
import { ScriptedLedger, signerOf } from "./scripted-ledger.ts";

const { hasher } = ports;
const NEVER = new AbortController().signal;

/** The board as its hub has it. */
async function boardOf(s: BoardScene): Promise<{ readonly tree: MemoryTree; readonly entries: readonly Uint8Array[] }> {
  const tree = new MemoryTree(hasher);
  const chunks = await s.hub.store.chunks(s.log, 0, 1_000_000);
  const entries = chunks.flatMap((chunk) => chunk.entries);
  for (const entry of entries) tree.append(hasher.leaf(entry));
  return { tree, entries };
}

/** Says a head of the board, under the hub's key. */
async function say(s: BoardScene, size: number, root: Uint8Array, entries: readonly Uint8Array[] = []): Promise<void> {
  const head = await signedHead("one", { logId: s.log, size, root, timeMs: s.world.clock.nowMs() + 1 });
  const first = size - entries.length;
  s.liar.say({ kind: "notice", body: { type: "log.push", log: s.log, first, entries, head } });
  await s.world.clock.advance(1_000);
}

/** Hides the next entries of a kind from Dara, and signs that they are there, or what else became of them. */
function hide(
  s: BoardScene,
  kind: "message" | "commit",
  status: "present" | "removed" = "present",
  station = "one",
): { readonly hidden: ReadonlyMap<number, Uint8Array> } {
  const hidden = new Map<number, Uint8Array>();
  let head: Uint8Array | undefined;
  s.liar.lie = (frame): readonly Frame[] => {
    if (frame.kind !== "notice" || frame.body.type !== "log.push") return [frame];
    const push = frame.body;
    if (Buffer.compare(push.log, s.log) !== 0) return [frame];
    return push.entries.map((entry, at): Frame => {
      const first = push.first + at;
      const decoded = decodeEntry(entry);
      if (decoded.ok && decoded.value.kind === kind && hidden.size === 0) hidden.set(first, entry);
      if (!hidden.has(first)) return { ...frame, body: { ...push, first, entries: [entry] } };
      head ??= push.head;
      return { ...frame, body: { type: "log.gap", log: s.log, first, count: 1 } };
    });
  };
  s.liar.answer = (request): Promise<Response> | undefined => {
    const entry = request.type === "log.manifest" ? hidden.get(request.first) : undefined;
    if (request.type !== "log.manifest" || entry === undefined || head === undefined) return undefined;
    const { log, reader, first } = request;
    const shown = decodeSignedHead(head, { stationKey: s.hub.ref.key, logId: log });
    if (!shown.ok) throw new Error(shown.code);
    const { size, root, batch } = shown.value;
    const tombstones = status === "removed" ? [{ offset: 0, generation: 1, ledgerIndex: 3 }] : [];
    const items = [{ status, leafHash: hasher.leaf(entry) }];
    const said = { log, reader, timeMs: batch.timeMs, size, root, first, ack: new Uint8Array(0), tombstones, items };
    return signerOf(station)
      .then((signer) => signManifest(said, signer))
      .then((manifest) => ({ type: "log.manifest", manifest }));
  };
  return { hidden };
}

describe("a hub that lies about a channel's board", () => {
  it("H-13 H-17 shows another board to one reader: told as forked, with a proof; what was read stays, and everything else goes on", async () => {
    const s = await boardScene();
    const { tree } = await boardOf(s);
    await say(s, tree.size, new Uint8Array(32).fill(9));
    const alert = await onlyAlert(s);
    expect(alert).toMatchObject({ code: "forked", conversation: s.id, proof: { shape: "statements" } });
    expect(await judged(s, alert)).toMatchObject({ shape: "statements", fault: "same-size" });
    await goesOn(s);
    expect(await s.dara.lines(s.id)).toEqual(["before"]);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.dara.stop();
    await s.dara.start(s.between);
    s.dara.client.connect();
    await goesOn(s, "after a restart?");
    expect(await s.dara.lines(s.id)).toEqual(["before"]);
    expect((await onlyAlert(s)).id).toBe(alert.id);
    await s.end();
  });

  it.each([
    ["a post", async (s: BoardScene) => void (await s.sara.client.send(s.id, { text: "after it" })), "after it"],
    [
      "a period",
      async (s: BoardScene) => s.sara.client.channels.describe(s.id, { name: "News", about: "of the pass" }),
      "before",
    ],
  ])(
    "H-25 keeps a board of its own for one reader, which hangs together: %s says what its writer had",
    async (_, act, last) => {
      const s = await boardScene();
      const { entries } = await boardOf(s);
      s.liar.lie = ofRoom(s.log, () => []);
      await s.sara.client.send(s.id, { text: "kept from Dara" });
      await s.world.quiet([s.sara, s.lale]);
      await act(s);
      await s.world.quiet([s.sara, s.lale]);
      const [hidden, after] = (await boardOf(s)).entries.slice(entries.length);
      const junk = encodeEntry({ kind: "message", epoch: 0, frame: new Uint8Array(512).fill(1) });
      const other = new MemoryTree(hasher);
      for (const entry of [...entries, junk, after!]) other.append(hasher.leaf(entry));
      expect([hidden?.byteLength, other.size]).toEqual([junk.byteLength, entries.length + 2]);
      await say(s, other.size, other.root(), [junk, after!]);
      await until(s, async () => (await s.dara.client.alerts()).length > 0, 60);
      const alert = await onlyAlert(s);
      expect(alert).toMatchObject({ code: "other-board", state: "open", conversation: s.id, proof: undefined });
      const lines = await s.dara.lines(s.id);
      expect(lines).toContain("[e2e/bad-tag]");
      expect(lines.filter((line) => !line.startsWith("[")).at(-1)).toBe(last);
      expect(await s.dara.client.conversation(s.id)).toMatchObject({ fault: undefined });
      expect((await s.lale.client.alerts()).map(({ code }) => code)).toEqual([]);
      await goesOn(s);
      await s.end();
    },
  );

  it("H-13 goes back to an older board: told as rolled back, with a proof", async () => {
    const s = await boardScene();
    const { tree, entries } = await boardOf(s);
    const shorter = new MemoryTree(hasher);
    for (const entry of entries.slice(0, -1)) shorter.append(hasher.leaf(entry));
    await say(s, tree.size - 1, shorter.root());
    const alert = await onlyAlert(s);
    expect(alert).toMatchObject({ code: "rolled-back", conversation: s.id });
    expect(await judged(s, alert)).toMatchObject({ shape: "statements", fault: "rolled-back" });
    await goesOn(s);
    await s.end();
  });

  it("H-13 gives posts in another order, or changed: nothing of it is shown; told as altered, and read when it gives the true ones", async () => {
    const s = await boardScene();
    const { size } = (await boardOf(s)).tree;
    await s.dara.stop();
    for (const text of ["one", "two", "three"]) await s.sara.client.send(s.id, { text });
    await s.world.quiet([s.sara, s.lale]);
    const { entries } = await boardOf(s);
    const other = (at: number): Uint8Array => entries[at < size ? at : entries.length - 1 - (at - size)]!;
    s.liar.lie = ofRoom(s.log, (push) => [{ ...push, entries: push.entries.map((_, at) => other(push.first + at)) }]);
    await s.dara.start(s.between);
    s.dara.client.connect();
    await until(s, async () => (await s.dara.client.alerts()).length > 0);
    expect(await onlyAlert(s)).toMatchObject({ code: "altered", state: "asking", conversation: s.id });
    expect(await s.dara.lines(s.id)).toEqual(["before"]);
    await goesOn(s);
    s.liar.repent();
    await until(s, async () => (await s.dara.lines(s.id)).length === 5);
    expect(await s.dara.lines(s.id)).toEqual(["before", "one", "two", "three", "to all: and here?"]);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "closed", fault: undefined });
    expect(await onlyAlert(s)).toMatchObject({ code: "altered", state: "restored" });
    await s.end();
  });

  it("H-13 grows into another tree: its own consistency proof is the bridge of a bundle", async () => {
    const s = await boardScene();
    // A proof from a size that is a power of two leaves its root out.
    for (let at = 0; at < 3; at++) await s.sara.client.send(s.id, { text: `more ${at}` });
    await s.world.quiet(s.all);
    const { tree } = await boardOf(s);
    expect(Number.isInteger(Math.log2(tree.size))).toBe(false);
    const other = new MemoryTree(hasher);
    for (let at = 0; at <= tree.size; at++) other.append(hasher.leaf(utf8(`other ${at}`)));
    s.liar.answer = (request) =>
      request.type === "log.consistency"
        ? consistencyProof(request.from, request.to, other.reader, hasher).then((hashes) => ({
            type: "log.hashes",
            hashes,
          }))
        : undefined;
    await say(s, other.size, other.root(), [utf8(`other ${tree.size}`)]);
    await until(s, async () => (await s.dara.client.alerts()).some(({ code }) => code === "forked"), 60);
    const alert = (await s.dara.client.alerts()).find(({ code }) => code === "forked")!;
    expect(alert.conversation).toBe(s.id);
    expect(await judged(s, alert)).toMatchObject({ shape: "statements", fault: "prefix" });
    await goesOn(s);
    expect(await s.dara.lines(s.id)).toEqual(["before", "more 0", "more 1", "more 2"]);
    await s.end();
  });

  it("H-13 replays a post at another place: it is shown once, and told as duplicated, with a proof", async () => {
    const s = await boardScene();
    const { tree, entries } = await boardOf(s);
    const last = entries.at(-1)!;
    tree.append(hasher.leaf(last));
    s.liar.answer = (request) =>
      request.type === "log.inclusion"
        ? inclusionProof(request.index, request.size, tree.reader, hasher).then((hashes) => ({
            type: "log.hashes",
            hashes,
          }))
        : undefined;
    await say(s, tree.size, tree.root(), [last]);
    await until(s, async () => (await s.dara.client.alerts()).length > 0, 60);
    const alert = await onlyAlert(s);
    expect(alert).toMatchObject({ code: "duplicated", conversation: s.id, proof: { shape: "duplicate" } });
    expect(await judged(s, alert)).toMatchObject({ shape: "duplicate", fault: "twice" });
    expect(await s.dara.lines(s.id)).toEqual(["before", "[e2e/replayed]"]);
    await goesOn(s);
    await s.end();
  });

  it("H-14 withholds a post at the reader's home: told, and read at the hub itself", async () => {
    const s = await boardScene(true);
    s.liar.lie = ofRoom(s.log, (push) => [{ ...push, entries: [] }]);
    s.liar.answer = ({ type }) =>
      type === "log.read" ? { type: "error", code: "station/internal", detail: undefined } : undefined;
    await s.sara.client.send(s.id, { text: "withheld" });
    await until(s, async () => (await s.dara.lines(s.id)).length === 2);
    expect(await s.dara.lines(s.id)).toEqual(["before", "withheld"]);
    expect(await onlyAlert(s)).toMatchObject({ code: "withheld", conversation: s.id, state: "restored" });
    await goesOn(s);
    await s.end();
  });

  it("H-14 H-16 gives a post nobody: the board is read past it by what the hub signs, and the next post is read", async () => {
    const s = await boardScene();
    const { hidden } = hide(s, "message");
    await s.sara.client.send(s.id, { text: "hidden" });
    await until(s, async () => (await s.dara.lines(s.id)).length === 2);
    expect(hidden.size).toBe(1);
    await s.sara.client.send(s.id, { text: "seen" });
    await until(s, async () => (await s.dara.lines(s.id)).at(-1) === "seen");
    expect(await s.dara.lines(s.id)).toEqual(["before", "[client/withheld]", "seen"]);
    expect(await onlyAlert(s)).toMatchObject({ code: "withheld", conversation: s.id, missing: 1 });
    await goesOn(s);
    await s.end();
  });

  it("H-16 deletes a post unseen: told as removed without a line in its log", async () => {
    const s = await boardScene();
    hide(s, "message", "removed");
    await s.sara.client.send(s.id, { text: "gone" });
    await until(s, async () => (await s.dara.client.alerts()).length > 0);
    expect(await onlyAlert(s)).toMatchObject({ code: "removed-unlogged", conversation: s.id, missing: 1 });
    await until(s, async () => (await s.dara.lines(s.id)).length === 2);
    expect(await s.dara.lines(s.id)).toEqual(["before", "[client/removed]"]);
    await goesOn(s);
    await s.end();
  });

  it("H-15 hides the commit that begins a period: the reader asks the leader anew, reads on, and is counted once", async () => {
    const s = await boardScene();
    const { hidden } = hide(s, "commit");
    await s.sara.client.channels.describe(s.id, { name: "News of today", about: "" });
    await s.world.quiet([s.sara, s.lale]);
    await s.sara.client.send(s.id, { text: "in the new period" });
    await until(s, async () => (await s.dara.lines(s.id)).includes("in the new period"));
    expect(hidden.size).toBe(1);
    expect([await periodOf(s.dara, s.id), await periodOf(s.lale, s.id)]).toEqual([1, 1]);
    expect(await s.dara.client.channels.view(s.id)).toMatchObject({ standing: "in", name: "News of today" });
    expect((await s.sara.client.channels.view(s.id)).readerCount).toBe(2);
    expect((await s.dara.client.alerts()).map(({ code }) => code)).toEqual(["withheld"]);
    await goesOn(s);
    await until(s, async () => (await s.dara.lines(s.id)).at(-1) === "to all: and here?");
    expect((await s.dara.lines(s.id)).slice(-2)).toEqual(["in the new period", "to all: and here?"]);
    await s.end();
  });
});

describe("a hub's own log, held against its boards", () => {
  async function watched(): Promise<{
    readonly s: BoardScene;
    readonly script: ScriptedLedger;
    readonly size: number;
  }> {
    const script = new ScriptedLedger(await signerOf("one"));
    const s = await boardScene(false, (liar) => (liar.lie = script.watch));
    s.liar.answer = script.answer;
    await s.sara.client.send(s.id, { text: "seen" });
    await s.world.quiet(s.all);
    await script.epoch(s.world.clock.nowMs() + 1);
    await check(s);
    expect(await s.dara.client.alerts()).toEqual([]);
    return { s, script, size: script.headOf(s.log)!.size };
  }

  async function check(s: BoardScene): Promise<void> {
    await s.world.clock.advance(20);
    await s.world.settle(s.dara.client.check({ signal: NEVER }));
  }

  /** Logs that did not move are looked at by chance: often enough, all are. */
  async function looked(s: BoardScene): Promise<void> {
    for (let at = 0; at < 60 && (await s.dara.client.alerts()).length === 0; at++) await check(s);
  }

  it("H-13 has another root for the board than the one it showed: told as forked, with a proof", async () => {
    const { s, script, size } = await watched();
    script.head(s.log, { size, root: new Uint8Array(32).fill(3) });
    await script.epoch(s.world.clock.nowMs() + 1);
    await looked(s);
    const alert = await onlyAlert(s);
    expect(alert).toMatchObject({ code: "forked", conversation: s.id, proof: { shape: "log" } });
    expect(await judged(s, alert)).toMatchObject({ shape: "log", fault: "other-root" });
    await goesOn(s);
    await s.end();
  });

  it("H-13 lost what it showed before: told, with a proof", async () => {
    const { s, script } = await watched();
    script.head(s.log, { size: 1, root: new Uint8Array(32).fill(1) });
    await script.epoch(s.world.clock.nowMs() + 1);
    await looked(s);
    const alert = await onlyAlert(s);
    expect(alert.code).toMatch(/^(?:hidden|rolled-back)$/);
    expect(await judged(s, alert)).toMatchObject({ fault: expect.stringMatching(/^(?:omitted|rolled-back)$/) });
    await s.end();
  });

  it("H-14 has posts that it shows this reader no sign of: told as withheld, and read when it gives them", async () => {
    const { s, script } = await watched();
    const { answer } = s.liar;
    let isHiding = true;
    s.liar.lie = (frame) =>
      isHiding &&
      frame.kind === "notice" &&
      frame.body.type === "log.push" &&
      Buffer.compare(frame.body.log, s.log) === 0
        ? []
        : script.watch(frame, undefined);
    await s.sara.client.send(s.id, { text: "not for Dara" });
    await s.world.quiet([s.sara, s.lale]);
    const { tree } = await boardOf(s);
    script.head(s.log, { size: tree.size, root: tree.root() });
    await script.epoch(s.world.clock.nowMs() + 1);
    // Its answers about the head are the old ones as well.
    s.liar.answer = (request) =>
      isHiding && request.type === "log.read"
        ? { type: "error", code: "station/internal", detail: undefined }
        : answer(request);
    await looked(s);
    for (let at = 0; at < 30 && (await s.dara.client.alerts()).length === 0; at++) await s.world.clock.advance(2_000);
    expect(await onlyAlert(s)).toMatchObject({ code: "withheld", conversation: s.id, missing: 1 });
    expect(await s.dara.lines(s.id)).toEqual(["before", "seen"]);
    isHiding = false;
    await until(s, async () => (await s.dara.lines(s.id)).length === 3, 1_500);
    expect(await s.dara.lines(s.id)).toEqual(["before", "seen", "not for Dara"]);
    expect(await onlyAlert(s)).toMatchObject({ code: "withheld", state: "restored" });
    await s.end();
  });
});
