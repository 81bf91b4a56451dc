/* Channels among the chats of the small world (sample.ts): one that is led, one that is read. */
import type { MemoryClient } from "./memory-client.ts";

const MINUTE_MS = 60_000;
const NAMES = ["سارا Sara", "Omid", "Лале Lale", "Nima", "نگار Negar", "Reza", "Mina", "李明 Li Ming", "Kaveh"];

const READERS = 9412;

export async function channelSome(client: MemoryClient): Promise<void> {
  const atMs = client.nowMs - 40 * MINUTE_MS;
  const { channels } = client;
  const led = await channels.create({
    name: "Mountain news اخبار کوه",
    about: "Passes, snow and buses.\nگردنه‌ها، برف و اتوبوس‌ها.",
  });
  await channels.makeLink(led, { expiresMs: client.nowMs + 7 * 24 * 60 * MINUTE_MS, limit: 0, approval: true });
  const readers = Array.from({ length: READERS }, (_, at) => ({
    identity: `reader-${at}`,
    name: NAMES[at] ?? `${NAMES[at % NAMES.length]} ${at}`,
    writes: at === 1,
    going: at === 4,
    sinceMs: atMs,
  }));
  const asks = [{ identity: "ask-1", name: "Parisa پریسا", atMs }];
  channels.put({ ...channels.of(led)!, readers, asks, readerCount: READERS });
  client.addMessage(led, { mine: true, text: "The pass is open again.", atMs });
  client.addMessage(led, { mine: true, text: "امشب برف می‌آید.", atMs: atMs + 3 * MINUTE_MS });
  const read = await channels.join("chapar:b/radio.me");
  const radio = { name: "Radio Free Waves", about: "Every evening at eight.", readerCount: 9998 };
  channels.put({ ...channels.of(read)!, ...radio });
  const host = { identity: "id-Sara", name: "Sara", home: undefined };
  client.addMessage(read, { text: "Tonight: the road to the sea.", from: host, atMs: atMs + 5 * MINUTE_MS });
  client.addMessage(read, { text: "The second part is tomorrow.", from: host, atMs: atMs + 9 * MINUTE_MS });
}
