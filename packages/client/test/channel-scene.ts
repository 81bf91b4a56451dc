/* What somebody can read of a channel's board with the data of a device and everything that stations hold. */
import { nodeCrypto } from "@chapar/e2e/node";
import { firstChainKey, followTree, openLetter, openPeriod, periodSecrets } from "@chapar/e2e/channels";
import type { TestStation } from "@chapar/station/testing";
import { decodeEntry, encodeEntry, type Entry, writeMessage } from "@chapar/wire";
import { equalBytes, fromBase32 } from "@chapar/wire/bytes";
import { decodeLetter } from "@chapar/wire/content";
import { type ChannelRow, channelShelf } from "../src/channels/rows.ts";
import { conversationShelf, type RoomRow } from "../src/conversation/rows.ts";
import { type MemoryMedium, MemoryStore } from "../src/testing/index.ts";
import type { Person, World } from "./world.ts";

const crypto = nodeCrypto();

/** Texts of letters that the keys of a device open, when every entry is offered to each of them, in any period. The data is used up. */
export async function openBoardWith(
  medium: MemoryMedium,
  id: string,
  entries: readonly Uint8Array[],
): Promise<string[]> {
  const store = new MemoryStore(medium);
  const key = fromBase32(id);
  const row = key && (await conversationShelf.get(store, key));
  const channel = key && (await channelShelf.get(store, key));
  if (row?.room === undefined || channel === undefined) throw new Error("no channel");
  const { log } = row.room;
  let held = channel;
  const texts: string[] = [];
  const decoded = entries.flatMap((bytes) => {
    const entry = decodeEntry(bytes);
    return entry.ok && (entry.value.kind === "message" || entry.value.kind === "commit") ? [entry.value] : [];
  });
  for (let round = 0; round < 4; round++) {
    for (const entry of decoded) {
      try {
        if (entry.kind === "message") {
          const place = { log, period: entry.epoch, headKey: held.headKey };
          const chain = (device: Uint8Array) => held.chains.find((one) => equalBytes(one.device, device));
          const opened = await openLetter(crypto, place, entry.frame, chain);
          const letter = decodeLetter(opened.letter);
          if (letter.ok) texts.push(new TextDecoder().decode(letter.value.content));
          continue;
        }
        const of = { log, ends: entry.epoch, ...entry };
        const body = await openPeriod(crypto, held.commitKey, of, entry.frame, async () => true);
        const followed = await followTree(crypto, held, body.period, body.seals);
        if (followed === undefined) continue;
        const { period } = body;
        const chains = held.chains.map((one) => ({
          ...one,
          index: 0,
          key: firstChainKey(crypto, followed.periodKey, one.device),
        }));
        held = { ...held, ...periodSecrets(crypto, followed.periodKey), keys: followed.keys, period, chains };
        texts.push(`period ${body.period}`);
      } catch {
        // Not for this device: the thief goes on with the next one.
      }
    }
  }
  return texts;
}

/** The period that a person's device is in. */
export async function periodOf(person: Person, id: string): Promise<number | undefined> {
  const key = fromBase32(id);
  return key && (await channelShelf.get(new MemoryStore(person.medium), key))?.period;
}

/** What a device holds of a channel. */
export async function heldBy(person: Person, id: string): Promise<{ channel: ChannelRow; room: RoomRow }> {
  const store = new MemoryStore(person.medium);
  const key = fromBase32(id);
  const row = key && (await conversationShelf.get(store, key));
  const channel = key && (await channelShelf.get(store, key));
  if (row?.room === undefined || channel === undefined) throw new Error("no channel");
  return { channel, room: row.room };
}

/** Appends entries to a board at its hub, with the write key that a device holds. */
export async function appendWith(
  world: World,
  at: TestStation,
  { channel, room }: Awaited<ReturnType<typeof heldBy>>,
  entry: Entry,
): Promise<void> {
  const { ed25519 } = crypto;
  const client = await world.settle(world.stations.client(at));
  const station = client.hello;
  if (station === undefined) throw new Error("no hello");
  const message = writeMessage(station.station, station.nonce, room.log, channel.period);
  const signature = await ed25519.sign(channel.writeSeed, message);
  const write = { epoch: channel.period, signature };
  const open = client.expect("log.state", { type: "log.open", log: room.log, read: undefined, write });
  await world.settle(open);
  const append = client.expect("receipt", { type: "log.append", log: room.log, entry: encodeEntry(entry) });
  await world.settle(append);
}

/** Every entry that a station was given. */
export function entriesOf(writes: TestStation["store"]["writes"]): readonly Uint8Array[] {
  return writes.flatMap((write) => (write.kind === "chunk" ? write.chunk.entries : []));
}
