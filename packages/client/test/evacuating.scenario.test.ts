/* Everything is gone but the recovery words: every device, and the home with all that it held (protocol/15-moving.md §2a). */
import { idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import * as evacuating from "../src/devices/evacuating.ts";
import { codeOf as clientCodeOf } from "../src/index.ts";
import * as carrying from "../src/moving/carrying.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { roles, said } from "./group-scene.ts";
import { hubOf, kill, look, roomOf, type Scene, scene } from "./moving-scene.ts";
import { hasChats, HERE, linked } from "./own-devices.ts";
import { Liar } from "./liar.ts";
import type { Person } from "./world.ts";

const NEVER = new AbortController().signal;

interface Gone extends Scene {
  readonly words: string;
  readonly file: Uint8Array;
  readonly own: string;
}

/** Dara has a file and the words; what came later is in neither. */
async function lost(s: Scene, later?: () => Promise<void>): Promise<Gone> {
  expect([...HERE, evacuating, carrying]).not.toContain(undefined);
  const words = (await s.dara.client.recoveryWords()).join(" ");
  const file = await s.dara.client.devices.backupFile();
  const own = await s.dara.client.invite();
  await later?.();
  await s.dara.stop();
  await kill(s, s.old);
  return { ...s, words, file, own };
}

async function restored(
  s: Gone,
  from: { readonly words?: string; readonly file?: Uint8Array; readonly invite?: string; readonly to?: string },
): Promise<Person> {
  const device = await s.world.device();
  const given = { words: s.words, to: s.world.invite(s.next), device: "new telephone", ...from };
  await s.world.settle(device.client.devices.restore(given, { signal: NEVER }));
  device.client.connect();
  return device;
}

async function refusal(s: Gone, from: Parameters<typeof restored>[1]): Promise<string | undefined> {
  return restored(s, from).then(
    () => "ok",
    (error: unknown) => clientCodeOf(error),
  );
}

/** Until a conversation is open again, or the test gives up. */
async function isOpen(s: Gone, device: Person, id: string, seconds = 400): Promise<void> {
  for (let waited = 0; waited < seconds; waited++) {
    const row = await device.client.conversation(id);
    if (row?.state === "open" && (await hubOf(device, id)) !== s.old.url) return;
    await s.world.clock.advance(1_000);
  }
  throw new Error(`not open: ${await device.state()} | ${await s.sara.state()}`);
}

/** Whether a contact saw that somebody lives elsewhere now. */
async function sawMove(person: Person, identity: string): Promise<boolean> {
  return (await person.client.safety(identity)).changes.some(({ what }) => what === "home-moved");
}

const written = async (person: Person, id: string): Promise<readonly string[]> =>
  (await person.lines(id)).filter((line) => line !== "");

describe("with nothing but the words and a file", () => {
  it("M-40 M-44 somebody lives at a new home, and letters arrive there: what was known, what was on its way, each once", async () => {
    const s = await lost(await scene());
    const { identity } = s.dara.client.me()!;
    await s.sara.client.send(s.id, { text: "where are you" });
    await s.world.clock.advance(5_000);
    const again = await restored(s, { file: s.file });
    expect(again.client.me()).toMatchObject({ identity, name: "Dara" });
    expect(again.client.me()!.home.key).toBe(idText(s.next.ref.key));
    expect(await written(again, s.id)).toEqual(["salam", "hallo"]);
    await isOpen(s, again, s.id);
    await s.world.quiet([again, s.sara]);
    await again.client.send(s.id, { text: "here" });
    await s.sara.client.send(s.id, { text: "good" });
    await s.world.quiet([again, s.sara]);
    for (const person of [again, s.sara]) {
      expect(await hubOf(person, s.id)).toBe(s.there.url);
      expect((await written(person, s.id)).toSorted()).toEqual(["good", "hallo", "here", "salam", "where are you"]);
    }
    expect(await s.sara.client.conversations()).toHaveLength(1);
    expect((await again.client.devices.list()).map(({ name }) => name)).toEqual(["new telephone"]);
    expect(await again.client.data.moving()).toMatchObject({ roomsLeft: 0, isOldHomeTold: false });
    // The lost device, should somebody find it, moves nobody any more.
    await s.dara.start();
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.there)).catch(() => undefined));
    s.dara.client.connect();
    await s.world.clock.advance(300_000);
    await s.sara.client.send(s.id, { text: "still here" });
    await s.world.quiet([again, s.sara]);
    expect(await written(again, s.id)).toContain("still here");
    expect(await written(s.dara, s.id)).not.toContain("still here");
    await again.stop();
    await s.end([s.next, s.there]);
  });

  it("M-44 groups come back with their roles and every member, and what was written after the backup is asked of members", async () => {
    const before = await scene();
    const { world, dara, sara } = before;
    const nima = await world.person("Nima", before.there, {}, "DE");
    nima.client.connect();
    const with_ = await dara.client.open(await nima.client.invite());
    await dara.client.send(with_, { text: "hi Nima" });
    await world.quiet([dara, sara, nima]);
    const members = [sara, nima].map(({ client }) => client.me()!.identity);
    const group = await dara.client.groups.create("trip", members);
    await world.quiet([dara, sara, nima]);
    await dara.client.groups.setRole(group, members[0]!, "admin");
    await dara.client.send(group, { text: "first" });
    await world.quiet([dara, sara, nima]);
    const s = await lost(before, async () => {
      await sara.client.send(group, { text: "after the backup" });
      await world.quiet([dara, sara, nima]);
    });
    await nima.client.send(group, { text: "into nothing" });
    await world.clock.advance(5_000);
    const again = await restored(s, { file: s.file });
    for (const id of [s.id, with_, group]) await isOpen(s, again, id);
    const all = [again, sara, nima];
    await world.quiet(all);
    await again.client.send(group, { text: "I am back" });
    await sara.client.send(group, { text: "welcome" });
    // He had written nothing before the backup: what he writes now tells of what he wrote since.
    await nima.client.send(group, { text: "hello again" });
    await world.quiet(all);
    for (const person of all) {
      expect(await hubOf(person, group)).toBe(s.there.url);
      const lines = (await said(person, group)).map((line) => line.replace(/^\w+: /, "")).filter((line) => line !== "");
      expect(lines.toSorted()).toEqual([
        "I am back",
        "after the backup",
        "first",
        "hello again",
        "into nothing",
        "welcome",
      ]);
      expect(await roles(person, group)).toEqual({ Dara: "owner", Sara: "admin", Nima: "member" });
    }
    await again.stop();
    await nima.stop();
    await s.end([s.next, s.there]);
  });

  it("M-44 a room is carried within half a minute, also when nobody had noticed yet that its hub is gone", async () => {
    const s = await lost(await scene());
    const again = await restored(s, { file: s.file });
    await isOpen(s, again, s.id, 30);
    expect(await hubOf(again, s.id)).toBe(s.there.url);
    await again.stop();
    await s.end([s.next, s.there]);
  });

  it("D-44 somebody who missed the last commit before the hub was gone hears who asks, under the secret of an epoch before", async () => {
    const before = await scene();
    // She reads nothing more of the room as it was.
    const log = (await roomOf(before.sara, before.id))!.log;
    const isOfRoom = (body: object): boolean => "log" in body && equalBytes(body.log as Uint8Array, log);
    const { sara: liar } = before.liars;
    liar.answer = (request) =>
      isOfRoom(request) ? { type: "error", code: "station/internal", detail: undefined } : undefined;
    liar.lie = (frame) => (frame.kind === "notice" && isOfRoom(frame.body) ? [] : [frame]);
    const tablet = await linked(before.world, before.dara, "tablet");
    await hasChats(before.world, tablet, 1, [before.dara]);
    await tablet.stop();
    const s = await lost(before);
    const again = await restored(s, { file: s.file });
    await isOpen(s, again, s.id, 120);
    await again.client.send(s.id, { text: "here" });
    await s.world.quiet([again, s.sara]);
    expect(await written(s.sara, s.id)).toEqual(["salam", "hallo", "here"]);
    await again.stop();
    await s.end([s.next, s.there]);
  });

  it("R-22 letters that have no line of their own, and that came after the backup, leave no line once a member gives them", async () => {
    const before = await scene();
    const { sara, world, id } = before;
    await sara.client.talk.setTelling({ delivered: true, read: true });
    await world.quiet([before.dara, sara]);
    const s = await lost(before, async () => {
      await sara.client.markRead(id, 0);
      await world.clock.advance(5_000);
      await world.quiet([before.dara, sara]);
    });
    const again = await restored(s, { file: s.file });
    await isOpen(s, again, id);
    await sara.client.send(id, { text: "good" });
    await world.quiet([again, sara]);
    await world.clock.advance(120_000);
    await world.quiet([again, sara]);
    expect(await written(again, id)).toEqual(["salam", "hallo", "good"]);
    await again.stop();
    await s.end([s.next, s.there]);
  });

  it("M-43 without a file the identity comes back alone, from a new home that is an anchor, and not from another", async () => {
    const s = await lost(await scene());
    const { identity } = s.dara.client.me()!;
    expect(await refusal(s, { invite: s.own })).toBe("client/no-backup");
    expect(await refusal(s, { invite: s.world.invite(s.next) })).toBe("client/no-backup");
    const again = await restored(s, { invite: s.own, to: s.world.invite(s.there, "DE") });
    expect(again.client.me()).toMatchObject({ identity, name: "Dara" });
    expect(await again.client.conversations()).toEqual([]);
    // Whom to ask stood in the file: contacts see where the person lives now.
    for (let i = 0; i < 20 && !(await sawMove(s.sara, identity)); i++) await s.world.clock.advance(60_000);
    expect(await sawMove(s.sara, identity)).toBe(true);
    await again.stop();
    await s.end([s.next, s.there]);
  });
});

describe("nobody else, and nothing older", () => {
  it("M-42 other words, words of somebody else, and a file of somebody else change nothing", async () => {
    const s = await scene().then(lost);
    const saras = (await s.sara.client.recoveryWords()).join(" ");
    const sarasFile = await s.sara.client.devices.backupFile();
    const chain = async () => (await s.sara.client.safety(s.dara.client.me()!.identity)).changes;
    const before = await chain();
    const [first = "", ...rest] = s.words.split(" ");
    expect(await refusal(s, { file: s.file, words: [...rest, first].join(" ") })).toBe("client/bad-words");
    expect(await refusal(s, { file: s.file, words: saras })).toBe("client/bad-backup");
    expect(await refusal(s, { file: sarasFile })).toBe("client/bad-backup");
    expect(await refusal(s, { file: s.file.subarray(0, -1) })).toBe("client/bad-backup");
    // The own invite is no secret: whoever has one, and other words, is nobody.
    const there = s.world.invite(s.there, "DE");
    expect(await refusal(s, { invite: s.own, words: saras, to: there })).toBe("client/bad-words");
    expect(await refusal(s, { file: s.file, to: "no invite" })).toBe("client/bad-invite");
    await s.world.quiet([s.sara]);
    expect(await chain()).toEqual(before);
    await s.end([s.next, s.there]);
  });

  it("M-41 the chain goes on from what an anchor has beyond the file, and never from less than the file has", async () => {
    for (const lie of [false, true]) {
      const s = await scene();
      const early = (await loadProfile(new MemoryStore(s.dara.medium)))!.ops.slice(0, 1);
      let later: readonly Uint8Array[] = [];
      const gone = await lost(s, async () => {
        // A second device after the backup: the file has no such op.
        const laptop = await linked(s.world, s.dara, "laptop");
        await look(s.world, s.dara);
        await s.world.quiet([s.dara, s.sara, laptop]);
        await laptop.stop();
        later = (await loadProfile(new MemoryStore(s.dara.medium)))!.ops;
      });
      const liar = new Liar();
      if (lie)
        liar.lie = (frame, asked) =>
          asked?.type === "identity.get" && frame.kind === "response"
            ? [{ ...frame, body: { type: "identity.ops", ops: early } }]
            : [frame];
      const through = { carriers: [liar.carrier(s.world.stations.network.carrier())] };
      const device = await s.world.device(through);
      const { words, file } = gone;
      const from = { words, file, to: s.world.invite(s.next), device: "new telephone" };
      const done = await s.world.settle(
        device.client.devices.restore(from, { signal: NEVER }).then(
          () => "ok",
          (error: unknown) => clientCodeOf(error),
        ),
      );
      expect(done).toBe(lie ? "client/no-route" : "ok");
      if (!lie) {
        const { ops } = (await loadProfile(new MemoryStore(device.medium)))!;
        expect(ops.slice(0, later.length)).toEqual(later);
        expect((await device.client.devices.list()).map(({ name }) => name)).toEqual(["new telephone"]);
      } else expect(await loadProfile(new MemoryStore(device.medium))).toBeUndefined();
      await device.stop();
      await s.end([s.next, s.there]);
    }
  });

  it("M-45 three stations that are gone are waited for together, and no longer than five seconds after one that answers", async () => {
    const before = await scene();
    const { world, dara, sara, next, there, old } = before;
    const far = await world.stations.station("far");
    const others = [await world.person("Nima", next), await world.person("Mina", far)];
    for (const { client } of others) {
      client.connect();
      await dara.client.open(await client.invite());
    }
    await world.quiet([dara, sara, ...others]);
    await look(world, dara);
    await world.quiet([dara, sara, ...others]);
    for (const person of others) await person.stop();
    const s = await lost(before);
    const { network } = world.stations;
    for (const { url } of [old, there, far]) network.set(url, "silent");
    const wasMs = world.clock.nowMs();
    const again = await restored(s, { file: s.file });
    expect(world.clock.nowMs() - wasMs).toBeLessThan(7_000);
    expect(again.client.me()!.home.key).toBe(idText(next.ref.key));
    await again.stop();

    // Nobody answers but the new home, which never heard of the person: one limit for all of them.
    network.set(next.url, "silent");
    const last = await world.stations.station("last");
    const thenMs = world.clock.nowMs();
    expect(await refusal(s, { file: s.file, to: world.invite(last) })).toBe("client/no-route");
    expect(world.clock.nowMs() - thenMs).toBeLessThan(22_000);
    await s.end([next, there, far, last]);
  });
});
