/*
 * A small world for the gallery: people who write Persian, English and both, numbers, links, files, a photograph, long
 * and short, and one whose name tries to turn the line around.
 */
import type { OutgoingFile, StationView } from "../state/client-types.ts";
import type { MemoryClient } from "./memory-client.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const BERLIN: StationView = {
  key: "b".repeat(52),
  name: "Letterhouse Berlin",
  region: "DE",
  urls: ["https://de.example"],
};
const TEHRAN: StationView = { key: "k".repeat(52), name: "ایستگاه شمال", region: "IR", urls: ["https://ir.example"] };

/** A landscape drawn on a canvas, as JPEG. */
export async function samplePhoto(width: number, height: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, "#7fb1c4");
  sky.addColorStop(0.55, "#f1d9b4");
  sky.addColorStop(0.56, "#b98f5e");
  sky.addColorStop(1, "#6f5233");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#54707c";
  context.beginPath();
  context.moveTo(0, height * 0.56);
  for (let at = 0; at <= 8; at += 1)
    context.lineTo((width * at) / 8, height * (0.4 + 0.12 * Math.abs(Math.sin(at * 2.4))));
  context.lineTo(width, height * 0.56);
  context.fill();
  context.fillStyle = "#4a3722";
  for (let at = 0; at < 5; at += 1) {
    context.beginPath();
    context.ellipse(width * (0.12 + at * 0.19), height * (0.9 - at * 0.06), 26 - at * 4, 9 - at * 1.4, 0, 0, 7);
    context.fill();
  }
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  return new Uint8Array(await blob.arrayBuffer());
}

const MIXED: readonly (readonly [mine: boolean, text: string])[] = [
  [false, "سلام! رسیدی؟"],
  [true, "سلام سارا، آره. همین الان رسیدم خانه."],
  [false, "خدا را شکر. فایل نسخهٔ 2.4 را فرستادم؛ قیمتش ۱۲٬۵۰۰ تومان شد (با مالیات)."],
  [true, "I read it on the train. Page 3 says 24 of 30, page 7 says 42. Which one is right?"],
  [false, "24 درست است. آن یکی غلط تایپی بود 🙈"],
  [false, "این را هم ببین: https://www.un.org/fa/universal-declaration-human-rights"],
  [true, "می‌بینم، ممنون. شماره‌ات همان +98 912 000 0000 است؟"],
];

/** Fills an engine; answers the ids of the rooms the scenes show. */
export async function fill(
  client: MemoryClient,
): Promise<{ readonly sara: string; readonly opening: string; readonly fault: string }> {
  const now = Date.now();
  client.become("Dara", TEHRAN);
  const evil = client.addRoom({ identity: "evil", name: "Mina \u202Egpj.exe", home: BERLIN });
  client.addMessage(evil, { text: "Numbers stay: 24 and 42", atMs: now - 40 * DAY });
  const long = client.addRoom({
    identity: "long",
    name: "Maximilian-Alexander von und zu Hohenstein-Langenbach",
    home: BERLIN,
  });
  client.addMessage(long, {
    mine: true,
    text: "A very long line that has to be cut off somewhere because the row has only one line for it",
    atMs: now - 3 * DAY,
  });
  const fault = client.addRoom({ identity: "fault", name: "رضا", home: TEHRAN });
  client.addMessage(fault, { text: "فردا می‌بینمت", atMs: now - 26 * HOUR });
  client.setFault(fault, "log/inconsistent");
  const files = client.addRoom({ identity: "files", name: "Leyla", home: BERLIN });
  client.addMessage(files, { mine: true, text: "Here is the plan", atMs: now - 5 * HOUR });
  client.addMessage(files, {
    atMs: now - 4 * HOUR,
    files: [file("طرح نهایی (v2).pdf", "application/pdf", new Uint8Array(48_300))],
  });
  const opening = client.addRoom({ identity: "dara", name: "کیان", home: undefined }, "opening");
  client.addMessage(opening, {
    mine: true,
    text: "سلام کیان، این نخستین نامه است.",
    state: "queued",
    atMs: now - 2 * MINUTE,
  });
  client.addMessage(opening, {
    mine: true,
    text: "وقتی راه باز شود به تو می‌رسد.",
    state: "queued",
    atMs: now - MINUTE,
  });
  const sara = client.addRoom({ identity: "sara", name: "Sara سارا", home: BERLIN });
  let at = now - DAY - 3 * HOUR;
  for (const [mine, text] of MIXED) {
    client.addMessage(sara, { mine, text, atMs: at });
    at += 2 * MINUTE;
  }
  client.addMessage(sara, {
    atMs: now - 70 * MINUTE,
    text: "کویر، امروز صبح",
    files: [
      {
        ...file("IMG_2041.jpg", "image/jpeg", await samplePhoto(900, 600)),
        facts: { kind: "photo", width: 900, height: 600 },
      },
    ],
  });
  client.addMessage(sara, { mine: true, text: "😍", atMs: now - 64 * MINUTE });
  client.addMessage(sara, {
    mine: true,
    text: "What a light. The wells in a row look like the line in the app:\none, two, three, and then the water is home.",
    atMs: now - 63 * MINUTE,
  });
  const row = client.addMessage(sara, {
    mine: true,
    text: "این یکی پذیرفته نشد",
    state: "refused",
    atMs: now - 30 * MINUTE,
  });
  void row;
  client.addMessage(sara, { text: "فردا ساعت ۸:۳۰ جلوی در؟", atMs: now - 4 * MINUTE });
  client.addMessage(sara, { text: "Bring the charger please", atMs: now - 3 * MINUTE });
  client.invites.set("#i/person", { kind: "person", station: TEHRAN, name: "Sara سارا", identity: "sara" });
  client.invites.set("#i/station", { kind: "station", station: TEHRAN, name: undefined, identity: undefined });
  return { sara, opening, fault };
}

/** A file of a message, by its bytes. */
function file(fileName: string, mediaType: string, bytes: Uint8Array): OutgoingFile {
  return { fileName, mediaType, from: { bytes } };
}
