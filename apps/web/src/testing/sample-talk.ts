/* What people do with messages, for the gallery: every kind of it in one conversation, in both scripts. */
import type { NamedPerson, PollOptionView, PollView } from "../state/client-types.ts";
import type { MemoryClient } from "./memory-client.ts";
import { previewed, replyView } from "./memory-talk.ts";

const MINUTE = 60_000;
const SARA: NamedPerson = { identity: "talker", name: "Sara سارا", mine: false };
const ME: NamedPerson = { identity: "me", name: "", mine: true };
const MINA: NamedPerson = { identity: "mina", name: "Mina \u202Egpj.exe", mine: false };

/** Sand under a sky, as a BMP that browsers draw: no file is read for it. */
export const samplePicture = (): Uint8Array => {
  const [width, height] = [64, 32];
  const bytes = new Uint8Array(54 + width * height * 3);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [at, value] of [
    [2, bytes.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
    [34, width * height * 3],
  ] as const)
    view.setUint32(at, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let at = 0; at < width * height; at += 1)
    bytes.set(at / width < 14 + 4 * Math.sin((at % width) / 9) ? [96, 158, 206] : [216, 190, 150], 54 + 3 * at);
  return bytes;
};

const option = (text: string, people: readonly NamedPerson[]): PollOptionView => ({
  text,
  count: people.length,
  mine: people.includes(ME),
  people,
});
const lunch: PollView = {
  multiple: false,
  voters: 3,
  options: [
    option("کبابی سر کوچه", [SARA, ME]),
    option("Bread, cheese and a walk along the river, if the weather holds", [MINA]),
    option("\u202Eexe.gpj", []),
  ],
};

/** Fills a conversation; it is the newest. */
export function fillTalk(client: MemoryClient): void {
  const now = Date.now();
  const id = client.addRoom({ identity: SARA.identity, name: SARA.name, home: undefined });
  client.people.put(SARA.identity, samplePicture(), false);
  client.people.put(client.me()?.identity ?? "", samplePicture(), true);
  const say = (minutesAgo: number, spec: Parameters<MemoryClient["addMessage"]>[1]): string =>
    client.addMessage(id, { ...spec, atMs: now - minutesAgo * MINUTE }).id;
  const plan = say(50, { text: "The train leaves at 8:30 from platform 4. فردا صبح زود بیدار شو!" });
  client.change(plan, { pinned: { by: SARA, atMs: now }, edited: { atMs: now, versions: 2 } });
  const mine = say(47, {
    mine: true,
    text: "Good, I will be there",
    more: { replyTo: replyView(client.find(plan), plan) },
  });
  client.change(mine, {
    readBy: ["talker"],
    deliveredTo: ["talker"],
    reactions: [
      { emoji: "👍", count: 2, mine: true, people: [ME, SARA] },
      { emoji: "🎉", count: 1, mine: false, people: [SARA] },
    ],
  });
  const gone = say(44, { text: "…" });
  client.change(gone, { text: "", deleted: { of: "all", by: SARA } });
  const look = "چاه‌ها را از اینجا می‌شود دید؛ @Dara تو هم ببین";
  say(40, {
    text: look,
    more: {
      mentions: [{ identity: "me", start: look.indexOf("@"), length: 5, mine: true }],
      replyTo: replyView(undefined, "gone"),
    },
  });
  const photo = say(36, {
    text: "",
    files: [{ fileName: "طرح نهایی (v2).pdf", mediaType: "application/pdf", from: { bytes: new Uint8Array(48_300) } }],
    more: { forwardedFrom: MINA },
  });
  const answer = say(30, {
    mine: true,
    text: "خیلی قشنگ شده، فردا چاپش می‌کنم و می‌آورم.",
    more: { replyTo: replyView(client.find(photo), photo) },
  });
  client.change(answer, { deliveredTo: ["talker"], edited: { atMs: now, versions: 1 } });
  say(20, { text: "ناهار فردا؟ Lunch tomorrow?", more: { poll: lunch } });
  say(12, { text: "Pay at https://\u0430\u0440\u0440\u04cf\u0435.example/bill" });
  const page = "https://\u0430\u0440\u0440\u04cf\u0435.example/qanat";
  const about =
    "An old way of bringing water from the mountains: a tunnel with a slope of one in a thousand, dug by hand.";
  const title = "قنات چیست و چرا هنوز کار می‌کند؟";
  say(11, {
    text: `Read ${page}`,
    more: previewed({ address: page, title, description: about, picture: samplePicture() }),
  });
  const topic = { id: plan, title: client.find(plan)?.text ?? "" };
  say(10, { text: "کوله را سبک ببند", more: { topic } });
  say(9, { mine: true, text: "Only water and the map", more: { topic } });
  say(0.6, { text: "See you tomorrow" });
  const own = say(0.3, { mine: true, text: "Tomorrow" });
  client.change(own, { reactions: [{ emoji: "❤️", count: 1, mine: false, people: [SARA] }] });
}
