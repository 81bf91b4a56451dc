/*
 * What a station signs for a message, in bytes on the wire: the receipt to its writer, the head to a reader, its place in the
 * manifest of its range. Measured over a link, so whatever is left out there is left out here.
 */
import { signAck } from "@chapar/evidence";
import { readerMessage } from "@chapar/wire";
import type { TestClient } from "./test-client.ts";
import { keyOf } from "./test-person.ts";
import { TestRoom } from "./test-room.ts";
import { TestWorld } from "./test-world.ts";

/** Bytes a message, for commits of one shape. */
export interface EvidenceBytes {
  readonly receipt: number;
  readonly head: number;
  readonly manifest: number;
  readonly total: number;
}

const MANIFEST_ITEMS = 256;

/** Measures commits of `each` messages in each of `rooms` rooms, and a manifest of a full range with its reader's ack. */
export async function measureEvidence(rooms: number, each: number): Promise<EvidenceBytes> {
  const world = new TestWorld();
  const hub = await world.station("hub");
  const { client } = await world.resident(hub, "alice");
  const reader = await world.client(hub);
  const all = Array.from({ length: rooms }, (_, i) => new TestRoom(i));
  for (const room of all) {
    const { log } = await client.expect("log.state", { type: "log.create", genesis: room.genesis });
    await client.openRoom(room, log);
    await reader.openRoom(room, log);
    await reader.expect("done", { type: "log.follow", log, from: 1 });
  }
  const key = hub.ref.key;
  // The first append goes alone; what comes while it is written becomes one commit.
  const send = (text: string, room: TestRoom): Promise<number> =>
    client
      .expect("receipt", { type: "log.append", log: room.idAt(key), entry: room.message(text) })
      .then((answer) => answer.receipt.byteLength);
  const release = hub.store.hold();
  const opener = send("first", all[0] ?? new TestRoom(0));
  const asked = all.flatMap((room) => Array.from({ length: each }, (_, i) => send(String(i), room)));
  release();
  await opener;
  const receipts = await Promise.all(asked);
  await reader.until(() => reader.pushes.reduce((sum, push) => sum + push.entries.length, 0) > receipts.length);
  const heads = reader.pushes.slice(1).map((push) => push.head.byteLength);
  const receipt = sum(receipts) / receipts.length;
  const head = sum(heads) / receipts.length;
  const manifest = (await manifestBytes(client, all[0] ?? new TestRoom(0), hub.ref.key)) / MANIFEST_ITEMS;
  return { receipt, head, manifest, total: receipt + head + manifest };
}

async function manifestBytes(
  client: TestClient,
  room: TestRoom,
  station: Parameters<TestRoom["idAt"]>[0],
): Promise<number> {
  const log = room.idAt(station);
  for (let i = 0; i < MANIFEST_ITEMS; i++) {
    await client.expect("receipt", { type: "log.append", log, entry: room.message(`more ${i}`) });
  }
  const key = keyOf("reader");
  const signature = key.sign(readerMessage(station, client.hello?.nonce ?? new Uint8Array(32), log, 0));
  await client.expect("log.reader", { type: "log.reader", log, reader: key.publicKey, from: 0, signature });
  await client.expect("done", {
    type: "log.ack",
    log,
    ack: await signAck({ station, log, upTo: MANIFEST_ITEMS }, key),
  });
  const ask = { type: "log.manifest", log, reader: key.publicKey, first: 0, count: MANIFEST_ITEMS } as const;
  return (await client.expect("log.manifest", ask)).manifest.byteLength;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
