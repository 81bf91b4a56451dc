/* People who leave: what goes, what stays and is said, and who is refused (protocol/15-moving.md §4). */
import {
  createEvidencePorts,
  checkReceiptFile,
  decodeLeaving,
  encodeReceiptFile,
  type RegionPolicy,
  verifyLeaving,
} from "@chapar/evidence";
import {
  blobHash,
  deviceId,
  logId,
  mirrorMessage,
  OVERRIDE_WINDOW_MS,
  readerMessage,
  type StationKey,
} from "@chapar/wire";
import { encodeLeaveOrder, leaveMessage, type LeaveOrder, readerLeavesMessage } from "@chapar/wire/leaving";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../src/node/index.ts";
import {
  keyOf,
  knock as knockOf,
  type TestClient,
  testLaw,
  TestPerson,
  TestRoom,
  type TestStation,
  TestWorld,
} from "../src/testing/index.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const chunk = (fill: number): Uint8Array => new Uint8Array(700).fill(fill);
const DAY_MS = 86_400_000;

function orderOf(person: TestPerson, changes: Partial<LeaveOrder> = {}): LeaveOrder {
  const device = deviceId(person.phone.publicKey);
  const { identity, ops } = person;
  return { identity, device, ops, readers: [], backups: [], blobs: [], isLast: true, ...changes };
}

function signed(client: TestClient, station: StationKey, order: LeaveOrder, by = "sara phone"): Uint8Array {
  const message = leaveMessage(station, client.hello!.nonce, order, nodeSha256);
  return encodeLeaveOrder(order, keyOf(by).sign(message));
}

/** Somebody with key packages, a letter in the inbox, a backup, and a chunk with a lock and one without. */
async function scene(options: { readonly law?: RegionPolicy } = {}) {
  const world = new TestWorld();
  const at = await world.station("home", { logged: true, ...options });
  const { client, person } = await world.resident(at, "sara");
  await world.settle(client.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages: [chunk(1), chunk(2)] }));
  await world.settle(client.expect("log.state", { type: "log.create", genesis: person.inbox() }));
  const stranger = await world.client(at);
  const entry = knockOf("a letter");
  const inbox = person.inboxAt(at.ref);
  const knock = { type: "inbox.append", inbox, at: undefined, entry } as const;
  await world.settle(stranger.expect("receipt", knock));
  const marks = new TestRoom(3);
  await world.settle(client.expect("log.state", { type: "log.create", genesis: marks.genesis }));
  const log = marks.idAt(at.ref.key);
  await world.settle(client.openRoom(marks, log));
  const mark = marks.message("a mark", { epoch: 0 });
  await world.settle(client.expect("receipt", { type: "log.append", log, entry: mark }));
  await world.settle(client.expect("blob.stored", { type: "blob.put", bytes: chunk(5), lock: nodeSha256(key(5)) }));
  await world.settle(client.expect("blob.stored", { type: "blob.put", bytes: chunk(6), lock: undefined }));
  const hashes = [5, 6].map((fill) => blobHash(nodeSha256(chunk(fill))));
  const [mine, others] = [hashes[0]!, hashes[1]!];
  return { world, at, client, person, stranger, inbox, knock, marks, log, mark, mine, others };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Everything of hers, and two chunks of which one is not. */
const everything = ({ person, log, mine, others }: Scene): LeaveOrder =>
  orderOf(person, {
    backups: [log],
    blobs: [
      { hash: mine, key: key(5) },
      { hash: others, key: key(6) },
    ],
  });

/** A law that makes stations keep some classes for so many days. */
function keeping(days: { readonly blob: number; readonly backup: number }): RegionPolicy {
  const free = testLaw("IR", () => "none");
  const blob = { ...free.data.blob, keepAtLeastDays: days.blob };
  return { ...free, data: { ...free.data, blob, backup: { ...free.data.backup, keepAtLeastDays: days.backup } } };
}

const ask = ({ world, client, at }: Scene, order: LeaveOrder) =>
  world.settle(client.ask({ type: "account.leave", order: signed(client, at.ref.key, order) }));

/** Whether the words of a body are anywhere in what the store gives. */
async function rests({ at, inbox, log, mine, person }: Scene) {
  const { store } = at;
  const bodies = async (of: typeof log) => (await store.chunks(of, 1, 1e6)).flatMap(({ entries }) => entries).length;
  return {
    packages: (await store.keyPackages(person.identity, deviceId(person.phone.publicKey), 0xf00d)).count,
    inbox: await bodies(inbox),
    marks: await bodies(log),
    chunk: await store.hasBlob(mine),
  };
}

describe("leaving", () => {
  it("M-21 M-22 M-26 everything goes, and a receipt says how much, stands in the log and is checked offline", async () => {
    const s = await scene();
    expect(await rests(s)).toEqual({ packages: 2, inbox: 1, marks: 1, chunk: true });
    s.person.push({ kind: "tombstone" }, 0);
    const answer = await ask(s, everything(s));
    if (answer.type !== "account.left") throw new Error(JSON.stringify(answer));
    expect(await rests(s)).toEqual({ packages: 0, inbox: 0, marks: 0, chunk: false });
    expect(await s.at.store.hasBlob(s.others)).toBe(true);
    const word = decodeLeaving(answer.receipt);
    if (!word.ok) throw new Error(word.code);
    expect(await verifyLeaving(word.value, ports)).toBe(true);
    const kept = { keptObjects: 0, keptBytes: 0, untilMs: 0 };
    expect(word.value.amounts).toEqual({
      account: { objects: 2, bytes: 1400, ...kept },
      envelope: { objects: 1, bytes: s.knock.entry.byteLength, ...kept },
      blob: { objects: 1, bytes: 700, ...kept },
      backup: { objects: 1, bytes: s.mark.byteLength, ...kept },
    });
    const { ledgerIndex: index } = word.value;
    const leaf = await s.world.settle(s.stranger.expect("ledger.leaf", { type: "ledger.leaf", at: undefined, index }));
    const file = encodeReceiptFile({ word: answer.receipt, leaf });
    expect(await checkReceiptFile(file, ports)).toMatchObject({ ok: true, value: { isInLog: true } });
    for (const place of [0, 30, 100, 200, answer.receipt.byteLength + 30, file.byteLength - 1]) {
      const bad = file.slice();
      bad[place]! ^= 1;
      expect(await checkReceiptFile(bad, ports), String(place)).toMatchObject({ ok: false });
    }
    // Another leaf of the same log is not of this receipt.
    const other = await s.world.settle(
      s.stranger.expect("ledger.leaf", { type: "ledger.leaf", at: undefined, index: index - 1 }),
    );
    const wrong = encodeReceiptFile({ word: answer.receipt, leaf: other });
    expect(await checkReceiptFile(wrong, ports)).toMatchObject({ ok: false });
    // The lost answer comes again, and nothing comes back.
    const again = await s.world.client(s.at);
    const order = signed(again, s.at.ref.key, everything(s));
    const twice = await s.world.settle(again.ask({ type: "account.leave", order }));
    expect(twice).toEqual(answer);
    expect(await s.world.settle(s.stranger.refused(s.knock))).toBe("station/unknown-log");
    const { identity } = s.person;
    expect(await s.world.settle(again.auth(identity, s.person.phone))).toMatchObject({
      code: "station/unknown-identity",
    });
    const before = { type: "account.register", ops: s.person.ops.slice(0, 1), token: key(7) } as const;
    expect(await s.world.settle(again.refused(before))).toBe("station/stale-ops");
    const told = await s.world.settle(again.ask({ type: "identity.get", identity, at: undefined }));
    expect(told).toMatchObject({ ops: s.person.ops });
    await s.at.stop();
  });

  it("M-20 M-23 whoever may not order it is refused, and nothing is gone", async () => {
    const s = await scene();
    const all = { packages: 2, inbox: 1, marks: 1, chunk: true };
    const { person, world, client, at, stranger } = s;
    // She lives here.
    expect(await ask(s, everything(s))).toMatchObject({ code: "station/not-allowed" });
    // The thief of a device has rank 1.
    const thief = new TestPerson("sara", at.ref);
    thief.push({ kind: "tombstone" }, 1);
    expect(await ask(s, { ...everything(s), ops: thief.ops })).toMatchObject({ code: "station/bad-ops" });
    expect(await rests(s)).toEqual(all);
    person.push({ kind: "tombstone" }, 0);
    const order = everything(s);
    const refused = (bytes: Uint8Array, on = client) =>
      world.settle(on.refused({ type: "account.leave", order: bytes }));
    // By another key; by hers for another link, as somebody who listened would; for a chain that nobody has here; cut.
    const heard = signed(client, at.ref.key, order);
    expect(await refused(signed(client, at.ref.key, order, "mallory phone"))).toBe("station/bad-signature");
    expect(await refused(heard, stranger)).toBe("station/bad-signature");
    const mallory = new TestPerson("mallory", at.ref);
    mallory.push({ kind: "tombstone" }, 0);
    const theirs = orderOf(mallory, { blobs: order.blobs });
    expect(await refused(signed(stranger, at.ref.key, theirs, "mallory phone"), stranger)).toBe(
      "station/unknown-identity",
    );
    expect(await refused(heard.subarray(0, heard.byteLength - 1))).toBe("station/bad-ops");
    // A room that goes on is nobody's backup, and a log that was not opened for writing is not either.
    const unopened = { ...orderOf(person), backups: [logId(key(3))] };
    expect(await refused(signed(client, at.ref.key, unopened))).toBe("station/not-allowed");
    expect(await rests(s)).toMatchObject({ inbox: 1, marks: 1, chunk: true });
    // Whoever knows the hash of a chunk, and not its key, deletes nothing.
    const guessed = orderOf(person, { blobs: [{ hash: s.mine, key: key(9) }] });
    expect(await ask(s, guessed)).toMatchObject({ type: "account.left" });
    expect(await at.store.hasBlob(s.mine)).toBe(true);
    await at.stop();
  });

  it("M-24 what the law keeps is sealed until its day, and the receipt says so", async () => {
    const s = await scene({ law: keeping({ blob: 30, backup: 10 }) });
    s.person.push({ kind: "tombstone" }, 0);
    const answer = await ask(s, everything(s));
    if (answer.type !== "account.left") throw new Error(JSON.stringify(answer));
    const word = decodeLeaving(answer.receipt);
    if (!word.ok) throw new Error(word.code);
    const { blob, backup, envelope } = word.value.amounts;
    expect(blob).toMatchObject({ objects: 0, keptObjects: 1, keptBytes: 700 });
    expect(backup).toMatchObject({ objects: 0, keptObjects: 1, keptBytes: s.mark.byteLength });
    expect(envelope).toMatchObject({ objects: 1, untilMs: 0 });
    expect(Math.round((blob.untilMs - s.world.clock.nowMs()) / DAY_MS)).toBe(30);
    // Sealed: there, and given to nobody.
    const get = { type: "blob.get", hash: s.mine, at: undefined } as const;
    expect(await s.world.settle(s.stranger.refused(get))).toBe("station/unknown-blob");
    expect(await s.at.store.sealedBlobBytes(s.mine)).toBe(700);
    const { store } = s.at;
    let { at } = s;
    // The station sleeps, and wakes on a later day.
    const later = async (days: number): Promise<void> => {
      await at.stop();
      await s.world.clock.advance(days * DAY_MS);
      at = await s.world.station("home", { store, logged: true });
      await s.world.clock.advance(120_000);
    };
    await later(9);
    expect((await rests(s)).marks).toBe(1);
    await later(2);
    expect((await rests(s)).marks).toBe(0);
    expect(await store.sealedBlobBytes(s.mine)).toBe(700);
    await later(20);
    expect(await store.sealedBlobBytes(s.mine)).toBeUndefined();
    expect(await store.leavings(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
    await at.stop();
  });

  it("M-25 after a move by a lower rank the old home deletes nothing for 72 hours, and after one by the words at once", async () => {
    for (const rank of [1, 0] as const) {
      const s = await scene();
      let { at } = s;
      const next = await s.world.station("next", { region: "DE" });
      await next.stop();
      s.person.push({ kind: "set-home", home: { station: next.ref, region: "DE" } }, rank);
      const first = await ask(s, everything(s));
      if (rank === 1) {
        expect(first).toMatchObject({ code: "station/rate-limited", detail: OVERRIDE_WINDOW_MS });
        expect(await rests(s)).toMatchObject({ inbox: 1, marks: 1, chunk: true });
        await s.at.stop();
        await s.world.clock.advance(OVERRIDE_WINDOW_MS);
        at = await s.world.station("home", { store: s.at.store, logged: true });
        const later = await s.world.client(at);
        await s.world.settle(later.openRoom(s.marks, s.log));
        const order = signed(later, s.at.ref.key, everything(s));
        expect(await s.world.settle(later.ask({ type: "account.leave", order }))).toMatchObject({
          type: "account.left",
        });
      } else expect(first).toMatchObject({ type: "account.left" });
      expect(await rests(s)).toEqual({ packages: 0, inbox: 0, marks: 0, chunk: false });
      await at.stop();
    }
  });

  it("M-21 a mirror goes with its last reader, and serves whoever comes to the room later", async () => {
    const world = new TestWorld();
    const hub = await world.station("hub", { logged: true });
    const home = await world.station("home", { logged: true });
    const dara = await world.resident(hub, "dara");
    const sara = await world.resident(home, "sara");
    const nima = await world.resident(home, "nima");
    const room = new TestRoom(4);
    await world.settle(dara.client.expect("log.state", { type: "log.create", genesis: room.genesis }));
    const log = room.idAt(hub.ref.key);
    await world.settle(dara.client.openRoom(room, log));
    await world.settle(dara.client.expect("receipt", { type: "log.append", log, entry: room.commit({}) }));
    room.advance();
    await world.settle(dara.client.openRoom(room, log));
    await world.settle(dara.client.expect("receipt", { type: "log.append", log, entry: room.message("hello") }));
    const mirror = async (client: TestClient) => {
      const signer = room.readSigner(room.epoch);
      const read = { key: signer.publicKey, signature: await signer.sign(mirrorMessage(home.ref.key, log)) };
      await world.settle(client.expect("log.state", { type: "room.mirror", log, hub: hub.ref, read }));
      await world.settle(
        client.ask({ type: "log.open", log, read: await client.readProof(room, log), write: undefined }),
      );
    };
    const reads = async (at: TestStation) =>
      (await at.store.chunks(log, 2, 1e6)).flatMap(({ entries }) => entries).length;
    await mirror(sara.client);
    await world.clock.advance(1000);
    expect(await reads(home)).toBe(1);
    const reader = keyOf("sara reader");
    const nonce = sara.client.hello!.nonce;
    const register = readerMessage(home.ref.key, nonce, log, 0);
    const said = {
      type: "log.reader",
      log,
      reader: reader.publicKey,
      from: 0,
      signature: reader.sign(register),
    } as const;
    await world.settle(sara.client.expect("log.reader", said));
    sara.person.push({ kind: "tombstone" }, 0);
    const leaves = {
      log,
      key: reader.publicKey,
      signature: reader.sign(readerLeavesMessage(home.ref.key, nonce, log)),
    };
    const forged = orderOf(sara.person, { readers: [{ ...leaves, signature: new Uint8Array(64) }] });
    const order = (of: LeaveOrder) =>
      world.settle(sara.client.ask({ type: "account.leave", order: signed(sara.client, home.ref.key, of) }));
    expect(await order(forged)).toMatchObject({ code: "station/bad-signature" });
    expect(await reads(home)).toBe(1);
    expect(await order(orderOf(sara.person, { readers: [leaves] }))).toMatchObject({ type: "account.left" });
    expect(await reads(home)).toBe(0);
    const [record] = await home.store.mirrors();
    expect([...record!.mirror!.read.key].every((byte) => byte === 0)).toBe(true);
    // What is written from now on does not come here, until somebody of this station is in the room again.
    await world.settle(dara.client.expect("receipt", { type: "log.append", log, entry: room.message("nobody there") }));
    await world.clock.advance(1000);
    expect(await reads(home)).toBe(0);
    await mirror(nima.client);
    await world.clock.advance(1000);
    expect(await reads(home)).toBe(1);
    for (const station of [hub, home]) await station.stop();
  });
});
