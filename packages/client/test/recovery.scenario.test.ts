/* Everything but the words is gone, and a device that was away for half a year (10-devices.md §2, §5). */
import type { TestStation, TestStationOptions } from "@chapar/station/testing";
import { describe, expect, it } from "vitest";
import { codeOf as clientCodeOf } from "../src/index.ts";
import { HERE, hasChats, linked } from "./own-devices.ts";
import { type Person, texts, World } from "./world.ts";

const NEVER = new AbortController().signal;
const ONE_DAY_MS = 86_400_000;

interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
  readonly words: string;
}

async function scene(letters = 3, options: TestStationOptions = {}): Promise<Scene> {
  expect(HERE.length).toBeGreaterThan(0);
  const world = new World();
  const station = await world.stations.station("one", options);
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const text of texts("letter", letters)) await sara.client.send(id, { text });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  const words = (await sara.client.recoveryWords()).join(" ");
  return { world, station, sara, dara, id, words };
}

async function end({ station }: Scene, people: readonly Person[]): Promise<void> {
  for (const person of people) await person.stop();
  await station.stop();
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => "ok",
    (error: unknown) => clientCodeOf(error),
  );
}

/** A new device out of the words. */
async function restored(s: Scene, invite: string, words = s.words): Promise<Person> {
  const device = await s.world.device();
  await s.world.settle(device.client.devices.restore({ words, invite, device: "New" }, { signal: NEVER }));
  device.client.connect();
  return device;
}

/** Until a text is read, or the test gives up. */
async function reads(s: Scene, device: Person, text: string): Promise<void> {
  for (let waited = 0; waited < 120; waited++) {
    if ((await device.lines(s.id)).includes(text)) return;
    await s.world.clock.advance(1_000);
  }
  throw new Error(`"${text}" was not read: ${(await device.lines(s.id)).join(",")} ${await device.state()}`);
}

/** Until a conversation can be written in again. */
async function isOpen(s: Scene, device: Person): Promise<void> {
  for (let waited = 0; waited < 300; waited++) {
    if ((await device.client.conversation(s.id))?.state === "open") return;
    await s.world.clock.advance(1_000);
  }
  throw new Error(`not open: ${await device.state()}`);
}

describe("every device is gone", () => {
  it("D-40 D-41 D-43 D-44 the words bring back who one was, contacts, conversations and lines, with a new leaf in each", async () => {
    const s = await scene();
    const invite = await s.sara.client.invite();
    await s.world.settle(s.sara.client.devices.backup({ signal: NEVER }));
    const { identity, device: oldDevice } = s.sara.client.me()!;
    await s.sara.stop();
    const again = await restored(s, invite);
    expect(again.client.me()).toMatchObject({ identity, name: "Sara" });
    expect(again.client.me()?.device).not.toBe(oldDevice);
    expect(await again.lines(s.id)).toEqual(texts("letter", 3));
    expect((await again.client.conversation(s.id))?.people[0]?.name).toBe("Dara");
    await again.client.send(s.id, { text: "I am back" });
    await reads(s, s.dara, "I am back");
    await s.dara.client.send(s.id, { text: "welcome" });
    await reads(s, again, "welcome");
    expect(await s.dara.client.conversations()).toHaveLength(1);
    expect((await again.client.devices.list()).map(({ name }) => name)).toEqual(["New"]);
    // The old device, should somebody find it, is told, and reads nothing of it.
    await s.sara.start();
    s.sara.client.connect();
    await s.world.clock.advance(60_000);
    expect(s.sara.client.route()).toMatchObject({ state: "refused", code: "client/device-revoked" });
    expect(await s.sara.lines(s.id)).not.toContain("welcome");
    await end(s, [s.dara, again, s.sara]);
  });

  it("D-46 other words, words that are none, and a home without a backup are told apart", async () => {
    const s = await scene(1);
    const invite = await s.sara.client.invite();
    const darasWords = (await s.dara.client.recoveryWords()).join(" ");
    await s.world.settle(s.sara.client.devices.backup({ signal: NEVER }));
    const device = await s.world.device();
    const restore = (words: string, at = invite): Promise<string | undefined> =>
      codeOf(s.world.settle(device.client.devices.restore({ words, invite: at, device: "New" }, { signal: NEVER })));
    const other = await s.world.stations.station("two");
    const [first = "", ...rest] = s.words.split(" ");
    expect(await restore([...rest, first].join(" "))).toBe("client/bad-words");
    expect(await restore("abandon")).toBe("client/bad-words");
    expect(await restore(s.words, s.world.invite(other))).toBe("client/no-backup");
    expect(await restore(s.words, "no invite")).toBe("client/bad-invite");
    expect(device.client.me()).toBeUndefined();
    const file = await s.sara.client.devices.backupFile();
    expect(await codeOf(device.client.devices.verifyBackup(file, darasWords))).toBe("client/bad-backup");
    await end(s, [s.sara, s.dara, device]);
    await other.stop();
  });

  it("D-45 a file does it as well, says what is in it, and any changed octet is found", async () => {
    const s = await scene(5);
    const file = await s.sara.client.devices.backupFile();
    const seen = await s.sara.client.devices.verifyBackup(file, s.words);
    expect(seen).toMatchObject({
      name: "Sara",
      contacts: 1,
      conversations: 1,
      messages: 5,
      sizeBytes: file.byteLength,
    });
    for (let at = 0; at < file.byteLength; at += 977) {
      const changed = file.slice();
      changed[at]! ^= 4;
      expect(await codeOf(s.sara.client.devices.verifyBackup(changed, s.words)), String(at)).toBe("client/bad-backup");
    }
    expect(await codeOf(s.sara.client.devices.verifyBackup(file.subarray(0, -1), s.words))).toBe("client/bad-backup");
    await s.sara.stop();
    const again = await s.world.device();
    const from = { words: s.words, file, device: "New" };
    await s.world.settle(again.client.devices.restore(from, { signal: NEVER }));
    expect(await again.lines(s.id)).toEqual(texts("letter", 5));
    expect(await codeOf(again.client.devices.restore(from, { signal: NEVER }))).toBe("client/already-joined");
    await end(s, [s.dara, again]);
  });
});

describe("a backup", () => {
  it("D-42 D-47 is made once a day by itself, and sends what is new", async () => {
    const s = await scene(3);
    await s.world.clock.advance(3_700_000);
    await s.world.quiet([s.sara, s.dara]);
    const first = await s.sara.client.devices.backupState();
    expect(first.isPossible).toBe(true);
    expect(first.madeAtMs).toBeDefined();
    await s.sara.client.send(s.id, { text: "later" });
    await s.world.quiet([s.sara, s.dara]);
    await s.world.clock.advance(ONE_DAY_MS);
    await s.world.quiet([s.sara, s.dara]);
    const second = await s.sara.client.devices.backupState();
    expect(second.madeAtMs).toBeGreaterThan(first.madeAtMs!);
    const invite = await s.sara.client.invite();
    await s.sara.stop();
    const again = await restored(s, invite);
    expect(await again.lines(s.id)).toEqual([...texts("letter", 3), "later"]);
    await end(s, [s.dara, again]);
  });

  it("O-10 is not asked of a full home again and again; the person is told, and it is made when there is room", async () => {
    let freeBytes = 0;
    const s = await scene(3, { freeBytes: () => freeBytes });
    const asked = (): number => s.station.observer.counts.get("requests blob.put") ?? 0;
    await s.world.clock.advance(3_700_000);
    await s.world.quiet([s.sara, s.dara]);
    const { refused, madeAtMs } = await s.sara.client.devices.backupState();
    expect(madeAtMs).toBeUndefined();
    expect(refused).toMatchObject({ code: "station/storage-full" });
    expect(refused!.againAtMs).toBeGreaterThan(s.world.clock.nowMs());
    const before = asked();
    await s.world.clock.advance(4 * 3_600_000);
    await s.world.quiet([s.sara, s.dara]);
    // After an hour, then after two: each of two people tries twice in four hours.
    expect(asked() - before).toBeLessThanOrEqual(4);
    expect(asked() - before).toBeGreaterThanOrEqual(2);
    expect(await codeOf(s.world.settle(s.sara.client.devices.backup({ signal: NEVER })))).toBe("station/storage-full");
    freeBytes = Number.MAX_SAFE_INTEGER;
    await s.world.settle(s.sara.client.devices.backup({ signal: NEVER }));
    const made = await s.sara.client.devices.backupState();
    expect(made.refused).toBeUndefined();
    expect(made.madeAtMs).toBeDefined();
    await end(s, [s.sara, s.dara]);
  });

  it("D-46 goes on when the words were written down and are gone from the device", async () => {
    const s = await scene(1);
    await s.sara.client.devices.forgetWords();
    expect(await s.sara.client.recoveryWords()).toEqual([]);
    await s.world.settle(s.sara.client.devices.backup({ signal: NEVER }));
    const invite = await s.sara.client.invite();
    await s.sara.stop();
    const again = await restored(s, invite);
    expect(await again.lines(s.id)).toEqual(["letter 1"]);
    await end(s, [s.dara, again]);
  });
});

describe("a device that was away for 180 days", () => {
  it("D-15 comes back without losing a conversation", async () => {
    const s = await scene(2);
    const phone = await linked(s.world, s.sara, "Phone");
    const all = [s.sara, s.dara, phone];
    await hasChats(s.world, phone, 1, all);
    await phone.stop();
    const others = [s.sara, s.dara];
    for (const half of [1, 2]) {
      await s.dara.client.send(s.id, { text: `quarter ${half}` });
      await s.world.quiet(others);
      await s.sara.client.markRead(s.id, 100);
      // Another device comes and goes: epochs that the phone never sees.
      const guest = await linked(s.world, s.sara, `Guest ${half}`);
      await hasChats(s.world, guest, 1, others);
      const id = (await s.sara.client.devices.list()).find(({ name }) => name === `Guest ${half}`)!.id;
      await s.world.settle(s.sara.client.devices.revoke(id));
      await s.world.quiet(others);
      for (const person of [guest, ...others]) await person.stop();
      s.world.clock.jump(100 * ONE_DAY_MS);
      await s.world.clock.advance(60_000);
      for (const person of others) {
        await person.start();
        person.client.connect();
      }
      await s.world.quiet(others);
    }
    await phone.start();
    phone.client.connect();
    await reads(s, phone, "quarter 2");
    await isOpen(s, phone);
    await phone.client.send(s.id, { text: "back after half a year" });
    await reads(s, s.dara, "back after half a year");
    await s.world.quiet(all);
    const read = await phone.lines(s.id);
    for (const text of [...texts("letter", 2), ...texts("quarter", 2)]) expect(read).toContain(text);
    await end(s, all);
  });
});

describe("an export", () => {
  it("D-50 is for reading: whatever people wrote is text in it, in the person's language and direction", async () => {
    const s = await scene(0);
    const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`;
    await s.dara.client.send(s.id, { text: evil });
    await s.sara.client.send(s.id, { text: "سلام" });
    await s.world.quiet([s.sara, s.dara]);
    const words = { title: "گفتگو", exportedAt: "در", missing: "نیست", file: "پرونده" };
    const options = { language: "fa", direction: "rtl", words } as const;
    const files = await s.sara.client.devices.exportChats(options);
    expect(files.map(({ name }) => name.replace(/-[a-z2-7]{8}\./, "."))).toEqual(["Dara.html", "Dara.json"]);
    const html = new TextDecoder().decode(files[0]!.bytes);
    expect(html).toContain('<html lang="fa" dir="rtl">');
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toMatch(/<script|<img|onerror=alert\(2\)>|https?:/);
    expect(html).toContain("سلام");
    const json = JSON.parse(new TextDecoder().decode(files[1]!.bytes)) as { messages: { text: string }[] };
    expect(json.messages.map(({ text }) => text)).toEqual([evil, "سلام"]);
    const unknown = s.sara.client.devices.exportChats({ ...options, conversation: "aaaa" });
    expect(await codeOf(unknown)).toBe("client/unknown-conversation");
    await end(s, [s.sara, s.dara]);
  });
});
