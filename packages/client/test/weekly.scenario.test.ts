/* The weekly key of a large group (F-113 to F-118): one who leads brings it, everybody takes it in, and who went before it was drawn is out for good. */
import type { Mls, MlsGroup, Psk } from "@chapar/e2e";
import { decodeEntry, type Request } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "@chapar/e2e/node";
import { rosterShelf } from "../src/groups/roster-row.ts";
import { weekKey } from "../src/groups/week-id.ts";
import { decodeWeekPart } from "../src/groups/week-part.ts";
import { heldKeyShelf, weekAt } from "../src/groups/week-rows.ts";
import { Draft } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { entriesOf, friends, idOf, openWith, Rogue, said, stolen, told } from "./group-scene.ts";
import { Liar } from "./liar.ts";
import { type Between, type Person, World } from "./world.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const crypto = nodeCrypto();

/** What a device knows of the weekly keys of a group. */
async function weekOf(person: Person, id: string) {
  return (await rosterShelf.get(new MemoryStore(person.medium), fromBase32(id)!))?.week;
}

/** When the last key was committed, as somebody read it; undefined before the first. */
async function keyAtMs(person: Person, id: string): Promise<number | undefined> {
  const week = await weekOf(person, id);
  return week !== undefined && week.drawn > 0 ? week.atMs : undefined;
}

/** Everybody ends, time passes, and those who are named come back. */
async function later(
  world: World,
  all: readonly Person[],
  ms: number,
  back: ReadonlyMap<Person, Between> | readonly Person[] = all,
) {
  for (const person of all) await person.stop();
  world.clock.jump(ms);
  for (const person of back instanceof Map ? back.keys() : (back as readonly Person[])) {
    await person.start(back instanceof Map ? back.get(person) : {});
    person.client.connect();
  }
}

/** Whether a request leaves a part of a key in an inbox. */
function bringsPart(request: Request): boolean {
  if (request.type !== "inbox.append") return false;
  const entry = decodeEntry(request.entry);
  return entry.ok && entry.value.kind === "knock" && decodeWeekPart(entry.value.frame) !== undefined;
}

/** Sara owns a large group in which Dara, an admin, and Omid are. */
async function scene(between: Readonly<Record<string, Between>> = {}, begin: () => void = () => undefined) {
  const world = new World({ latencyMs: 20 });
  const all = (await friends(world, ["Sara", "Dara", "Omid"], 2, between)) as [Person, Person, Person];
  const [sara, dara, omid] = all;
  begin();
  const id = await sara.client.groups.create("Mountaineers", [idOf(dara), idOf(omid)], { large: true });
  await world.quiet(all);
  await sara.client.groups.setRole(id, idOf(dara), "admin");
  await world.quiet(all);
  // Joiners renew their leaves, and nothing else is due.
  await sara.client.send(id, { text: "begun" });
  await world.quiet(all);
  return { world, all, id, sara, dara, omid };
}

describe("the weekly key of a large group", () => {
  it("F-114 F-115 F-116 F-119 is drawn by the first who leads, brought to every device in two kilobytes, and nobody sees anything of it", async () => {
    const knocks: number[] = [];
    const { world, all, id, sara, omid } = await scene();
    const liar = new Liar();
    liar.answer = (request) => {
      if (request.type === "inbox.append" && bringsPart(request)) knocks.push(request.entry.byteLength);
      return undefined;
    };
    const carriers = [liar.carrier(world.stations.network.carrier())];
    const lines = await told(omid, id);
    await later(world, all, 7 * DAY_MS - HOUR_MS);
    await world.quiet(all);
    expect(await keyAtMs(omid, id)).toBeUndefined();
    await later(world, all, HOUR_MS, new Map(all.map((one) => [one, one === sara ? { carriers } : {}])));
    await world.quiet(all);
    for (const person of all) expect(await keyAtMs(person, id)).toBeGreaterThan(0);
    expect(knocks.map((bytes) => bytes < 2100)).toEqual([true, true, true]);
    expect(await told(omid, id)).toEqual(lines);
    await omid.client.send(id, { text: "as ever" });
    await world.quiet(all);
    expect(await said(sara, id)).toEqual(["Sara: begun", "Omid: as ever"]);
    // The secret is on no device any more but on the one that drew it.
    const held = (person: Person) =>
      heldKeyShelf.range(new MemoryStore(person.medium), { prefix: weekAt(fromBase32(id)!, "held") });
    for (const person of all) expect(await held(person)).toEqual([]);
    for (const person of all) await person.stop();
  });

  it("F-114 whoever took everything from a device, and has every X25519 key since, reads nothing after the next key", async () => {
    const { world, all, id, dara, omid } = await scene();
    await later(world, all, 7 * DAY_MS - HOUR_MS);
    await world.quiet(all);
    const before = (await entriesOf(omid, id)).length;
    const theft = stolen(omid);
    await dara.client.send(id, { text: "read by the thief" });
    await world.quiet(all);
    await later(world, all, 2 * HOUR_MS);
    await world.quiet(all);
    await dara.client.send(id, { text: "read by nobody else" });
    await world.quiet(all);
    const entries = (await entriesOf(omid, id)).slice(before);
    // The thief's device reads as the member would, but for what only the X-Wing keys of the key package open.
    const texts = await openWith(theft, id, entries);
    expect(texts.join(" ")).toContain("read by the thief");
    expect(texts.join(" ")).not.toContain("read by nobody else");
    expect(await said(omid, id)).toContain("Dara: read by nobody else");
    for (const person of all) await person.stop();
  });

  it("F-114 comes a day after the last when somebody was taken out, and not before", async () => {
    const { world, all, id, sara, dara, omid } = await scene();
    await later(world, all, 7 * DAY_MS);
    await world.quiet(all);
    const first = await keyAtMs(dara, id);
    expect(first).toBeGreaterThan(0);
    await sara.client.groups.remove(id, idOf(omid));
    await world.quiet(all);
    const two = [sara, dara];
    await later(world, all, DAY_MS - 2 * HOUR_MS, two);
    await world.quiet(two);
    expect(await keyAtMs(dara, id)).toBe(first);
    await later(world, two, 2 * HOUR_MS);
    await world.quiet(two);
    expect(await keyAtMs(dara, id)).toBeGreaterThan(first!);
    await later(world, two, 2 * DAY_MS);
    await world.quiet(two);
    const second = await keyAtMs(dara, id);
    await later(world, two, DAY_MS);
    await world.quiet(two);
    expect(await keyAtMs(dara, id)).toBe(second);
    for (const person of two) await person.stop();
  });

  it("F-115 where the first who leads is gone the next one does it, an hour later", async () => {
    const { world, all, id, dara, omid } = await scene();
    const two = [dara, omid];
    await later(world, all, 7 * DAY_MS, two);
    await world.quiet(two);
    expect(await keyAtMs(omid, id)).toBeUndefined();
    await world.clock.advance(2 * HOUR_MS);
    await world.quiet(two);
    expect(await keyAtMs(omid, id)).toBeGreaterThan(0);
    for (const person of two) await person.stop();
  });

  it("F-115 somebody who brings those who lead a key each day puts theirs off by two days and no more", async () => {
    const { world, all, id, sara, dara, omid } = await scene();
    const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
    // What a device keeps of a key that came in a knock: nothing in it says whose it was.
    const keysOf = async (...people: readonly Person[]): Promise<void> => {
      for (const person of people) {
        const { id: bytes, secret } = weekKey(fromBase32(id)!, 1, crypto.random(32), sha256);
        const draft = new Draft();
        const at = weekAt(fromBase32(id)!, "held", { bytes, sha256 });
        heldKeyShelf.put(draft, at, { secret, atMs: world.clock.nowMs() });
        await draft.commit(new MemoryStore(person.medium));
      }
    };
    const days: boolean[] = [];
    await later(world, all, 7 * DAY_MS, []);
    for (let day = 0; day < 3; day += 1) {
      await keysOf(sara, dara);
      await later(world, [], HOUR_MS, all);
      await world.quiet(all);
      days.push((await keyAtMs(omid, id)) !== undefined);
      await later(world, all, DAY_MS - HOUR_MS, []);
    }
    expect(days).toEqual([false, false, true]);
  });

  it("F-104 F-118 a device that was brought another secret than the others waits, is told so, is let in anew, and misses no letter", async () => {
    const wrong = new Set<string>();
    const { world, all, id, sara, dara, omid } = await scene();
    const mls = (inner: Mls): Mls =>
      new Proxy(inner, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (name !== "sealPsk") return typeof value === "function" ? value.bind(target) : value;
          return async (keyPackage: Uint8Array, psk: Psk) => {
            const { credential } = await target.inspect(keyPackage);
            const isOmids = credential.identity.join() === fromBase32(idOf(omid))!.join();
            if (isOmids) wrong.add("omid");
            return target.sealPsk(keyPackage, isOmids ? { ...psk, secret: crypto.random(32) } : psk);
          };
        },
      });
    await later(world, all, 7 * DAY_MS, new Map(all.map((one) => [one, one === sara ? { mls } : {}])));
    await world.quiet([sara, dara]);
    expect([...wrong]).toEqual(["omid"]);
    await dara.client.send(id, { text: "after the key" });
    await world.quiet([sara, dara]);
    expect(await keyAtMs(omid, id)).toBeUndefined();
    await sara.stop();
    await dara.stop();
    await world.clock.advance(12 * 60_000);
    expect(await omid.client.conversation(id)).toMatchObject({ state: "fault", fault: "client/awaits-key" });
    await omid.client.send(id, { text: "written meanwhile" });
    for (const person of [sara, dara]) {
      await person.start();
      person.client.connect();
    }
    await world.quiet(all);
    expect(await omid.client.conversation(id)).toMatchObject({ state: "open", fault: undefined });
    // What stood between the key and the coming back is told of by the next letter (F-24), and a member gives it.
    await dara.client.send(id, { text: "welcome back" });
    await world.quiet(all);
    const letters = ["Sara: begun", "Dara: after the key", "Omid: written meanwhile", "Dara: welcome back"];
    expect((await said(omid, id)).toSorted()).toEqual(letters.toSorted());
    expect(await said(dara, id)).toEqual(letters);
    for (const person of all) await person.stop();
  });

  it("F-118 a station that withholds what was brought holds up nothing before the commit, and when it comes the room is read on at once", async () => {
    const { world, all, id, sara, dara, omid } = await scene();
    const liar = new Liar();
    const kept: (() => void)[] = [];
    let withholds = true;
    liar.lie = (frame) => {
      if (withholds && frame.kind === "notice" && frame.body.type === "log.push" && frame.body.entries.some(isPart)) {
        kept.push(() => liar.say(frame));
        return [];
      }
      return [frame];
    };
    const carriers = [liar.carrier(world.stations.network.carrier())];
    await later(world, all, 7 * DAY_MS, new Map(all.map((one) => [one, one === omid ? { carriers } : {}])));
    await world.quiet([sara, dara]);
    await dara.client.send(id, { text: "after the key" });
    await world.quiet([sara, dara]);
    await world.clock.advance(60_000);
    expect(kept.length).toBeGreaterThan(0);
    expect(await keyAtMs(omid, id)).toBeUndefined();
    expect(await said(omid, id)).toEqual(["Sara: begun"]);
    expect(await omid.client.conversation(id)).toMatchObject({ fault: undefined });
    withholds = false;
    for (const say of kept) say();
    await world.quiet(all);
    expect(await said(omid, id)).toEqual(["Sara: begun", "Dara: after the key"]);
    for (const person of all) await person.stop();
  });

  it("F-117 F-118 a key that its maker brings nobody counts after a day as refused, and the founder leads the group back", async () => {
    const { world, all, id, sara, dara, omid } = await scene();
    const rogue = new Rogue();
    await dara.stop();
    await dara.start({ mls: rogue.mls });
    dara.client.connect();
    await world.quiet(all);
    rogue.change = (asked, group) => ({ ...asked, psk: keyOf(group) });
    await dara.client.groups.rename(id, "Mine");
    await world.clock.advance(5_000);
    await dara.stop();
    await omid.client.send(id, { text: "queued" });
    await world.clock.advance(20 * 60_000);
    expect(await omid.client.conversation(id)).toMatchObject({ title: "Mountaineers", fault: "client/awaits-key" });
    await later(world, [sara, omid], DAY_MS);
    await world.quiet([sara, omid]);
    expect(await omid.client.conversation(id)).toMatchObject({ title: "Mountaineers", state: "open" });
    expect(await said(sara, id)).toEqual(["Sara: begun", "Omid: queued"]);
    for (const person of [sara, omid]) await person.stop();
  });

  it("F-117 a member who leads nothing names no key: nobody waits for it, and whose it was is told", async () => {
    const rogue = new Rogue();
    // The first commit of a joiner only renews its leaf; this one does more.
    const { world, all, id, sara, dara } = await scene({ Omid: { mls: rogue.mls } }, () => {
      rogue.change = (asked, group) => ({ ...asked, psk: keyOf(group) });
    });
    expect(rogue.change).toBeUndefined();
    expect((await told(dara, id)).join("; ")).toContain("Omid unlawful bad-key");
    await dara.client.send(id, { text: "we go on" });
    await world.quiet([sara, dara]);
    expect(await said(sara, id)).toContain("Dara: we go on");
    for (const person of all) await person.stop();
  });
});

/** A key of a group that nobody was brought. */
function keyOf(group: MlsGroup): Psk {
  return weekKey(group.groupId, group.epoch, crypto.random(32), (bytes) => crypto.sha256(bytes));
}

/** Whether an entry of an inbox is a part of a key. */
function isPart(bytes: Uint8Array): boolean {
  const entry = decodeEntry(bytes);
  return entry.ok && entry.value.kind === "knock" && decodeWeekPart(entry.value.frame) !== undefined;
}
