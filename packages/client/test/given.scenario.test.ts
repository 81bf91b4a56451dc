/* Letters that members give each other, asked and unasked, and what of them is believed. */
import { nodeCrypto } from "@chapar/e2e/node";
import { decodeSignedHead } from "@chapar/log";
import { type LogId, logId, type Response } from "@chapar/wire";
import { decodeLetter, encodeLetter, letterHash, textPart } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { composeContent } from "../src/conversation/letter.ts";
import { type RepairLetters, sealRepair } from "../src/repair/codec.ts";
import { letterShelf } from "../src/repair/kept-rows.ts";
import { lastU64, u64Key } from "../src/store/keys.ts";
import { blob, count, fields, row } from "../src/store/record.ts";
import { Draft, shelf } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { flip, Liar, signedHead } from "./liar.ts";
import { firstLog, fork, ofRoom, type Scene, scene } from "./lying-scene.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const secretShelf = shelf(
  "repair-secret",
  row(1, fields<{ readonly secret: Uint8Array; readonly atMs: number }>({ secret: blob, atMs: count })),
);
const heardShelf = shelf("repair-in", row(1, fields<{ readonly frame: Uint8Array }>({ frame: blob })));

async function told(s: Scene, who: "sara" | "dara"): Promise<unknown[]> {
  const lines = await s[who].client.messages(s.id, { limit: 50 });
  return lines.map(({ text, restored, gap }) => [gap?.code ?? text, restored ?? false]);
}

async function until(s: Scene, done: () => Promise<boolean>, seconds = 300): Promise<void> {
  for (let i = 0; i < seconds && !(await done()); i++) await s.world.clock.advance(1_000);
}

/** Another liar, before Sara: she is shown nothing more of the room. */
async function hideFromSara(s: Scene, log: LogId): Promise<void> {
  await s.sara.stop();
  const liar = new Liar();
  liar.lie = ofRoom(log, () => []);
  liar.answer = (request) =>
    request.type === "log.read" ? { type: "error", code: "station/internal", detail: undefined } : undefined;
  await s.sara.start({ carriers: [liar.carrier(s.world.stations.network.carrier())] });
  s.sara.client.connect();
  await s.world.clock.advance(2_000);
}

describe("letters given unasked", () => {
  it("R-24 whoever sees a station lie about a room gives what it wrote there, and what it writes from then on", async () => {
    const s = await scene();
    const log = await firstLog(s);
    await hideFromSara(s, log);
    const heads: Uint8Array[] = [];
    s.liar.lie = ofRoom(log, (push) => {
      heads.push(push.head);
      return [push];
    });
    // More than are given unasked: those before them are asked for.
    const hidden = Array.from({ length: 150 }, (_, at) => `hidden ${at}`);
    for (const text of hidden) await s.dara.client.send(s.id, { text });
    await s.world.quiet([s.dara]);
    expect(await told(s, "sara")).toEqual([["before", false]]);
    // Another root for the size that she holds.
    const held = decodeSignedHead(heads.at(-1)!, { stationKey: s.station.ref.key, logId: log });
    if (!held.ok) throw new Error(held.code);
    const { size, batch } = held.value;
    const other = { logId: log, size, root: new Uint8Array(32).fill(9), timeMs: batch.timeMs + 1 };
    const head = await signedHead("one", other);
    s.liar.say({ kind: "notice", body: { type: "log.push", log, first: size, entries: [], head } });
    const lines = async (): Promise<readonly string[]> => s.sara.lines(s.id);
    await until(s, async () => (await lines()).length === 1 + hidden.length, 10);
    await s.dara.client.send(s.id, { text: "without the log" });
    await until(s, async () => (await lines()).length === 2 + hidden.length, 5);
    expect(await lines()).toEqual(["before", ...hidden, "without the log"]);
    expect((await told(s, "sara")).slice(-2)).toEqual([
      ["hidden 149", true],
      ["without the log", true],
    ]);
    // However many at once.
    const many = Array.from({ length: 200 }, (_, at) => `one of many ${at}`);
    for (const text of many) await s.dara.client.send(s.id, { text });
    await until(s, async () => (await lines()).length === 2 + hidden.length + many.length, 120);
    expect((await lines()).slice(2 + hidden.length)).toEqual(many);
    await s.end();
  });
});

describe("a log that turns out to be forked while the ladder waits", () => {
  it("R-24 R-4 members are asked at once, not when the wait for entries is over", async () => {
    const s = await scene();
    const log = await firstLog(s);
    const heads: Uint8Array[] = [];
    s.liar.lie = ofRoom(log, (push) => {
      heads.push(push.head);
      return [{ ...push, entries: push.entries.map((entry) => flip(entry, entry.byteLength - 1)) }];
    });
    let knocks = 0;
    s.liar.answer = (request) => {
      if (request.type === "inbox.append") knocks += 1;
      return undefined;
    };
    await s.sara.client.send(s.id, { text: "altered on its way" });
    await s.world.clock.advance(200);
    await s.sara.stop();
    // Members were asked twice; the next time is minutes away.
    await s.world.clock.advance(150_000);
    expect(knocks).toBeGreaterThan(0);
    const held = decodeSignedHead(heads.at(-1)!, { stationKey: s.station.ref.key, logId: log });
    if (!held.ok) throw new Error(held.code);
    const { batch } = held.value;
    knocks = 0;
    await s.world.clock.advance(60_000);
    expect(knocks).toBe(0);
    const head = await signedHead("one", { logId: log, size: 1, root: new Uint8Array(32), timeMs: batch.timeMs + 1 });
    s.liar.lie = ofRoom(log, (push) => [{ ...push, first: 1, entries: [], head }]);
    s.world.stations.network.cut();
    await until(s, async () => knocks > 0, 30);
    expect(knocks).toBeGreaterThan(0);
    await s.end();
  });
});

/** A letter that follows Sara's newest, as she never wrote it; under the secret of an epoch that Dara was in. */
async function forged(s: Scene, which: "first" | "newest"): Promise<Uint8Array> {
  const store = new MemoryStore(s.dara.medium);
  const kept = await letterShelf.range(store, {});
  const log = logId((await firstLog(s)).slice());
  const written = kept.find(({ value }) => Buffer.from(value.letter).includes("before"))!;
  const [conversation, device] = [written.key.slice(0, 20), written.key.slice(20, 52)];
  const newest = kept.findLast(({ key }) => Buffer.compare(key.slice(0, 52), written.key.slice(0, 52)) === 0)!;
  const letter = decodeLetter(newest.value.letter);
  if (!letter.ok) throw new Error(letter.code);
  const content = composeContent(textPart("never written"), {
    random: (n) => crypto.random(n),
    writtenAtMs: 1_700_000_000_000,
  });
  const next = encodeLetter({
    ...letter.value,
    seq: lastU64(newest.key) + 1,
    prev: letterHash(newest.value.letter, sha256),
    content,
  });
  const message: RepairLetters = { kind: "letters", log, device, letters: [{ index: 99, letter: next }] };
  const secrets = (await secretShelf.range(store, {})).filter(
    ({ key }) => Buffer.compare(key.slice(0, 20), conversation) === 0,
  );
  expect(secrets.length).toBeGreaterThan(1);
  const chosen = which === "first" ? secrets[0]! : secrets.at(-1)!;
  return sealRepair(message, chosen.value.secret, crypto);
}

describe("what is believed of a letter that is given", () => {
  it.each([
    ["R-22 under the secret of the epoch that the reader is in: it is the other's", "newest", true],
    ["R-22 under the secret of an epoch before, whose members may have changed: not without its hash", "first", false],
  ] as const)("%s", async (_, which, isBelieved) => {
    const s = await scene();
    const frame = await forged(s, which);
    await s.dara.stop();
    const draft = new Draft();
    heardShelf.put(draft, u64Key(1), { frame });
    await draft.commit(new MemoryStore(s.dara.medium));
    await s.dara.start();
    s.dara.client.connect();
    await s.world.quiet([s.dara]);
    const after = isBelieved ? [["never written", true]] : [];
    expect(await told(s, "dara")).toEqual([["before", false], ...after]);
    await s.end();
  });
});

describe("letters whose log is not shown", () => {
  it("R-24 leave all the same, however many wait to be seen, and take their places once the log is known to be forked", async () => {
    const s = await scene();
    const log = await firstLog(s);
    const heads: Uint8Array[] = [];
    s.liar.lie = ofRoom(log, (push) => {
      heads.push(push.head);
      return [push];
    });
    await s.sara.client.send(s.id, { text: "seen" });
    await s.world.quiet([s.sara, s.dara]);
    s.liar.lie = ofRoom(log, () => []);
    s.liar.answer = (request) =>
      request.type === "log.read" ? { type: "error", code: "station/internal", detail: undefined } : undefined;
    // More than the outbox looks at in one go.
    const texts = Array.from({ length: 300 }, (_, at) => `line ${at}`);
    for (const text of texts) await s.dara.client.send(s.id, { text });
    await until(s, async () => (await s.sara.lines(s.id)).length === texts.length + 2, 60);
    expect(await s.sara.lines(s.id)).toEqual(["before", "seen", ...texts]);

    const held = decodeSignedHead(heads.at(-1)!, { stationKey: s.station.ref.key, logId: log });
    if (!held.ok) throw new Error(held.code);
    const { size, batch } = held.value;
    const root = new Uint8Array(32).fill(9);
    const head = await signedHead("one", { logId: log, size, root, timeMs: batch.timeMs + 1 });
    s.liar.say({ kind: "notice", body: { type: "log.push", log, first: size, entries: [], head } });
    await until(s, async () => (await s.dara.client.conversation(s.id))?.fault === "log/forked", 60);
    await s.sara.client.send(s.id, { text: "answer" });
    await until(s, async () => (await s.dara.lines(s.id)).includes("answer"));
    expect(await s.dara.lines(s.id)).toEqual(["before", "seen", ...texts, "answer"]);
    await s.end();
  });
});

describe("a letter that the log has only after a later one", () => {
  /** The station takes Dara's second letter, and her first when it is asked again, which is after `answer` or with the next link. */
  async function swapped(s: Scene, answer?: Response): Promise<void> {
    const first = Promise.withResolvers<Response>();
    let appends = 0;
    s.liar.answer = (request) => {
      if (request.type !== "log.append") return undefined;
      appends += 1;
      if (appends === 2 && answer !== undefined) first.resolve(answer);
      return appends === 1 ? first.promise : undefined;
    };
    for (const text of ["one", "two"]) await s.dara.client.send(s.id, { text });
  }

  it("F-24 is sealed anew when the station had refused it; the line that stood for it says that it came late", async () => {
    const s = await scene();
    await swapped(s, { type: "error", code: "station/not-allowed", detail: undefined });
    await until(s, async () => (await s.sara.lines(s.id)).length === 3, 60);
    expect(await told(s, "sara")).toEqual([
      ["before", false],
      ["client/came-late", false],
      ["two", false],
      ["one", false],
    ]);
    await s.end();
  });

  it("R-22 and that was given before it was read there leaves no line", async () => {
    const s = await scene();
    // Dara gives what she writes, for she has seen the station lie.
    const { log } = await fork(s);
    await hideFromSara(s, log);
    await swapped(s);
    await s.world.clock.advance(2_000);
    s.world.stations.network.cut();
    await until(s, async () => (await s.sara.lines(s.id)).includes("one"));
    const [before, mine, one, two] = [
      ["before", false],
      ["true", false],
      ["one", true],
      ["two", true],
    ];
    expect(await told(s, "sara")).toEqual([before, mine, one, two]);
    await s.sara.stop();
    await s.sara.start({ carriers: [s.world.stations.network.carrier()] });
    s.sara.client.connect();
    await s.sara.client.send(s.id, { text: "three" });
    const state = async (): Promise<unknown> => (await s.sara.client.conversation(s.id))?.last?.state;
    await until(s, async () => (await state()) === "at-station", 60);
    expect(await told(s, "sara")).toEqual([before, mine, one, two, ["three", false]]);
    await s.end();
  });
});
