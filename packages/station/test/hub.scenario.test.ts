/* One station, its links and its logs: the rules of appending and reading, seen from outside. */
import { decodeReceipt, decodeSignedHead, verifyReceipt, verifySignedHead } from "@chapar/log";
import { describe, expect, it } from "vitest";
import type { LogId, Response } from "@chapar/wire";
import { createTreeHasher } from "@chapar/log";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { DEFAULT_RATES } from "../src/session/rates.ts";
import { knock, TestRoom, TestWorld, type TestClient, type TestStation } from "../src/testing/index.ts";

const hasher = createTreeHasher(nodeSha256);
const ports = { hasher, verify: nodeVerifier() };

async function withRoom(): Promise<{
  world: TestWorld;
  hub: TestStation;
  room: TestRoom;
  log: LogId;
  alice: TestClient;
}> {
  const world = new TestWorld();
  const hub = await world.station("hub");
  const { client: alice } = await world.resident(hub, "alice");
  const room = new TestRoom(1);
  const log = room.idAt(hub.ref.key);
  await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
  await alice.openRoom(room, log);
  return { world, hub, room, log, alice };
}

async function checkReceipt(hub: TestStation, log: LogId, entry: Uint8Array, answer: Response): Promise<number> {
  if (answer.type !== "receipt") throw new Error(answer.type === "error" ? answer.code : answer.type);
  const context = { stationKey: hub.ref.key, logId: log, leafHash: hasher.leaf(entry) };
  const decoded = decodeReceipt(answer.receipt, context);
  if (!decoded.ok) throw new Error(decoded.code);
  expect((await verifyReceipt(decoded.value, hub.ref.key, ports)).ok).toBe(true);
  return decoded.value.index;
}

describe("a hub", () => {
  it("W-30 makes a log once and answers the same for the same genesis", async () => {
    const { hub, room, log, alice } = await withRoom();
    const again = await alice.expect("log.state", { type: "log.create", genesis: room.genesis });
    expect(again.log).toEqual(log);
    expect(again.epoch).toBe(0);
    const head = decodeSignedHead(again.head, { stationKey: hub.ref.key, logId: log });
    if (!head.ok) throw new Error(head.code);
    expect((await verifySignedHead(head.value, hub.ref.key, ports)).ok).toBe(true);
    expect(head.value.size).toBe(1);
    expect(hub.store.writes.filter((write) => write.kind === "chunk").length).toBe(1);
  });

  it("gives a receipt that verifies for each append, in order", async () => {
    const { hub, room, log, alice } = await withRoom();
    const entries = Array.from({ length: 50 }, (_, i) => room.message(`m${i}`));
    const answers = await Promise.all(entries.map((entry) => alice.ask({ type: "log.append", log, entry })));
    for (const [i, answer] of answers.entries()) {
      expect(await checkReceipt(hub, log, entries[i]!, answer)).toBe(i + 1);
    }
    const page = await alice.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    expect(page.entries.slice(1)).toEqual(entries);
  });

  it("W-32 answers the same bytes again with a receipt for the first, even after the epoch has passed", async () => {
    const { hub, room, log, alice } = await withRoom();
    const entry = room.message("once");
    await alice.ask({ type: "log.append", log, entry });
    const [again, other] = await Promise.all([
      alice.ask({ type: "log.append", log, entry }),
      alice.ask({ type: "log.append", log, entry: room.message("other") }),
    ]);
    expect(await checkReceipt(hub, log, entry, again)).toBe(1);
    expect(other.type).toBe("receipt");
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    expect(await checkReceipt(hub, log, entry, await alice.ask({ type: "log.append", log, entry }))).toBe(1);
    const page = await alice.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    expect(page.entries.length).toBe(4);
  });

  it("W-31 lets the first commit of an epoch win and refuses every other", async () => {
    const { room, log, alice } = await withRoom();
    const [first, second] = await Promise.all([
      alice.ask({ type: "log.append", log, entry: room.commit({ text: "a" }) }),
      alice.ask({ type: "log.append", log, entry: room.commit({ text: "b" }) }),
    ]);
    expect(first.type).toBe("receipt");
    expect(second).toEqual({ type: "error", code: "station/lost-race", detail: 1 });
  });

  it("F-71 lets whoever began a room lead it back to an epoch of before, and nobody else", async () => {
    const { world, hub, room, log, alice } = await withRoom();
    const { client: mallory } = await world.resident(hub, "mallory");
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    room.advance();
    await mallory.openRoom(room, log);
    const bad = room.commit({ revokes: true, text: "bad" });
    await mallory.expect("receipt", { type: "log.append", log, entry: bad });
    // The keys of epoch 1 again: after a commit that ends epoch 0.
    const back = room.commit({ epoch: 0, text: "back".padEnd(32) });
    for (const client of [mallory, alice]) {
      await client.openRoom(room, log);
      expect(await client.refused({ type: "log.append", log, entry: back })).toMatch(/lost-race|not-allowed/);
    }
    const forged = { epoch: 0, signature: (await mallory.writeProof(room, log, 2)).signature };
    expect(await mallory.refused({ type: "log.open", log, read: undefined, write: forged })).toBe(
      "station/bad-signature",
    );
    const founder = await alice.writeProof(room, log, 0);
    await alice.expect("log.state", { type: "log.open", log, read: undefined, write: founder });
    // Nothing but that: no letter, and no commit of before.
    expect(await alice.refused({ type: "log.append", log, entry: room.message("no letter") })).toMatch(
      /stale-epoch|not-allowed/,
    );
    const late = room.commit({ epoch: 0, text: "an epoch that is over" });
    expect(await alice.refused({ type: "log.append", log, entry: late })).toBe("station/lost-race");
    await alice.expect("receipt", { type: "log.append", log, entry: back });
    // Whoever the bad commit shut out reads and writes again.
    const bob = await world.client(hub);
    await bob.openRoom(room, log);
    await bob.expect("receipt", { type: "log.append", log, entry: room.message("as before") });
    const page = await bob.expect("log.entries", { type: "log.read", log, from: 2, maxBytes: 1_000_000 });
    expect(page.entries[0]).toEqual(bad);
    const on = await bob.expect("log.entries", { type: "log.read", log, from: 3, maxBytes: 1_000_000 });
    expect(on.entries).toEqual([back, room.message("as before")]);
  });

  it("W-12 refuses entries of another epoch, and of a link that has not shown the current epoch's key", async () => {
    const { world, hub, room, log, alice } = await withRoom();
    await alice.expect("receipt", { type: "log.append", log, entry: room.commit() });
    const late = await alice.ask({ type: "log.append", log, entry: room.message("late") });
    expect(late).toEqual({ type: "error", code: "station/stale-epoch", detail: 1 });
    room.advance();
    expect(await alice.refused({ type: "log.append", log, entry: room.message("unproved") })).toBe(
      "station/not-allowed",
    );
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("proved") });
    const bob = await world.client(hub);
    expect(await bob.refused({ type: "log.append", log, entry: room.message("x") })).toBe("station/unknown-log");
    await bob.ask({ type: "log.open", log, read: await bob.readProof(room, log), write: undefined });
    expect(await bob.refused({ type: "log.append", log, entry: room.message("x") })).toBe("station/not-allowed");
  });

  it("W-11 W-10 tells a stranger nothing about a log that exists", async () => {
    const { world, hub, room, log } = await withRoom();
    const eve = await world.client(hub);
    const elsewhere = new TestRoom(99).idAt(hub.ref.key);
    const wrong = new TestRoom(7);
    const ask = async (id: LogId, kind: "read" | "write"): Promise<Response> =>
      await eve.ask({
        type: "log.open",
        log: id,
        read: kind === "read" ? await eve.readProof(wrong, id) : undefined,
        write: kind === "write" ? await eve.writeProof(wrong, id) : undefined,
      });
    for (const kind of ["read", "write"] as const) expect(await ask(log, kind)).toEqual(await ask(elsewhere, kind));
    const forged = { ...(await eve.readProof(room, log)), signature: new Uint8Array(64) };
    expect(await eve.refused({ type: "log.open", log, read: forged, write: undefined })).toBe("station/bad-signature");
    expect(await eve.refused({ type: "log.open", log: elsewhere, read: forged, write: undefined })).toBe(
      "station/bad-signature",
    );
    for (const type of ["log.read", "log.follow"] as const) {
      expect(await eve.refused({ type, log, from: 0, maxBytes: 100 })).toBe("station/unknown-log");
    }
  });

  it("W-13 ends a revoked reader's sight at the commit that revoked it, live and on a new link", async () => {
    const { world, hub, room, log, alice } = await withRoom();
    const mallory = await world.client(hub);
    await mallory.openRoom(room, log, 0);
    await mallory.expect("done", { type: "log.follow", log, from: 0 });
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("before") });
    // In one turn: the commit that removes, and what comes after it.
    const removal = alice.ask({ type: "log.append", log, entry: room.commit({ revokes: true }) });
    await removal;
    room.advance();
    await alice.openRoom(room, log);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("after") });
    expect(mallory.pushed(log).length).toBe(3);
    const page = await mallory.expect("log.entries", { type: "log.read", log, from: 0, maxBytes: 1_000_000 });
    expect(page.entries.length).toBe(3);
    expect((await mallory.expect("log.entries", { type: "log.read", log, from: 3, maxBytes: 1000 })).entries).toEqual(
      [],
    );
    // A write key that was good once does not lengthen its sight either.
    const opened = await mallory.expect("log.state", {
      type: "log.open",
      log,
      read: await mallory.readProof(room, log, 0),
      write: undefined,
    });
    const openedHead = decodeSignedHead(opened.head, { stationKey: hub.ref.key, logId: log });
    expect(openedHead.ok && openedHead.value.size).toBe(3);
    const later = await world.client(hub);
    const state = await later.expect("log.state", {
      type: "log.open",
      log,
      read: await later.readProof(room, log, 0),
      write: undefined,
    });
    const head = decodeSignedHead(state.head, { stationKey: hub.ref.key, logId: log });
    expect(head.ok && head.value.size).toBe(3);
    expect(state.epoch).toBe(1);
    await later.expect("done", { type: "log.follow", log, from: 0 });
    await later.until(() => later.pushed(log).length >= 3);
    await alice.expect("receipt", { type: "log.append", log, entry: room.message("still after") });
    expect(later.pushed(log).length).toBe(3);
  });

  it("W-34 refuses a message of no bucket's size and whatever is not an entry of a room", async () => {
    const { room, log, alice } = await withRoom();
    const message = room.message("x");
    for (const entry of [message.subarray(0, -1), new Uint8Array(0), knock("k"), room.genesis.slice(1)]) {
      expect(await alice.refused({ type: "log.append", log, entry })).toBe("station/bad-entry");
    }
  });

  it("W-33 sends nothing before the store says it is on disk, and nothing at all when it fails", async () => {
    const { hub, room, log, alice } = await withRoom();
    await alice.expect("done", { type: "log.follow", log, from: 1 });
    const release = hub.store.hold();
    let answered = false;
    const waiting = alice.ask({ type: "log.append", log, entry: room.message("slow") }).then((answer) => {
      answered = true;
      return answer;
    });
    await alice.expect("pong", { type: "ping" });
    expect([answered, alice.pushes.length]).toEqual([false, 0]);
    release();
    expect((await waiting).type).toBe("receipt");
    expect(alice.pushes.length).toBe(1);
    hub.store.fail("station/storage-full");
    const entry = room.message("full");
    expect(await alice.refused({ type: "log.append", log, entry })).toBe("station/storage-full");
    expect(alice.pushes.length).toBe(1);
    hub.store.fail(undefined);
    expect(await checkReceipt(hub, log, entry, await alice.ask({ type: "log.append", log, entry }))).toBe(2);
  });

  it("answers a read of very many very small entries in pieces that fit a frame", async () => {
    const world = new TestWorld();
    const plenty = { ratePerSecond: 1e6, burst: 1e6 };
    const link = { ...DEFAULT_RATES.link, inbox: plenty };
    const station = await world.station("hub", { rates: { ...DEFAULT_RATES, link, perInbox: plenty } });
    const { client, person } = await world.resident(station, "alice");
    await client.expect("log.state", { type: "log.create", genesis: person.inbox() });
    const inbox = person.inboxAt(station.ref);
    const count = 5000;
    for (let i = 0; i < count; i += 1000) {
      const some = Array.from({ length: 1000 }, (_, k) => knock(`${i + k}`));
      await Promise.all(
        some.map((entry) => client.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry })),
      );
    }
    const { key, signature } = await client.proofBy(person.inboxKey(), inbox);
    await client.expect("log.state", { type: "log.open", log: inbox, read: { key, signature }, write: undefined });
    await client.expect("done", { type: "log.follow", log: inbox, from: 0 });
    let read = 0;
    while (read < count + 1) {
      const page = await client.expect("log.entries", {
        type: "log.read",
        log: inbox,
        from: read,
        maxBytes: 1_000_000,
      });
      expect(page.entries.length).toBeGreaterThan(0);
      read += page.entries.length;
    }
    await client.until(() => client.pushed(inbox).length === count + 1);
  });

  it("proves inclusion and consistency, and signs a C2SP checkpoint", async () => {
    const { room, log, alice } = await withRoom();
    for (let i = 0; i < 6; i++)
      await alice.expect("receipt", { type: "log.append", log, entry: room.message(`m${i}`) });
    const inclusion = await alice.expect("log.hashes", { type: "log.inclusion", log, index: 3, size: 7 });
    expect(inclusion.hashes.length).toBe(3);
    const consistency = await alice.expect("log.hashes", { type: "log.consistency", log, from: 3, to: 7 });
    expect(consistency.hashes.length).toBeGreaterThan(0);
    for (const [from, to] of [
      [0, 3],
      [3, 8],
      [5, 4],
    ] as const) {
      expect(await alice.refused({ type: "log.consistency", log, from, to })).toBe("station/out-of-range");
    }
    expect(await alice.refused({ type: "log.inclusion", log, index: 7, size: 7 })).toBe("station/out-of-range");
    const { note } = await alice.expect("log.checkpoint", { type: "log.checkpoint", log });
    expect(note.split("\n")[1]).toBe("7");
  });
});
