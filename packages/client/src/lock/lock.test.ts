import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { sealStore } from "../store/sealed.ts";
import type { StoreOp } from "../store/port.ts";
import { TABLES, type Table } from "../store/tables.ts";
import { BOX_BYTES, decodeContent, encodeContent, type Place, PLACES, type SlotContent } from "./box.ts";
import { Lock, type Unlocked } from "./lock.ts";
import { MemoryPlatform, vaultOver } from "../testing/memory-lock.ts";
import { waitAfterMs } from "./tries.ts";

const id = (at: number): Uint8Array => new Uint8Array(32).fill(at).fill(at >> 8, 16);

async function locked(rows = 3): Promise<{ platform: MemoryPlatform; lock: Lock }> {
  const platform = new MemoryPlatform();
  await using inner = await platform.openPlain();
  const store = sealStore(inner.inner, inner.vault);
  const ops: StoreOp[] = [{ table: "meta", key: utf8("who"), value: utf8("Dara") }];
  for (let at = 0; at < rows; at += 1) ops.push({ table: "kept", key: id(at), value: utf8(`row ${at}`) });
  await store.write(ops);
  const lock = new Lock(platform);
  await lock.setUp("1234");
  return { platform, lock };
}

async function opened(lock: Lock, pin: string): Promise<Unlocked> {
  const attempt = await lock.unlock(pin);
  if (attempt.kind !== "opened") throw new Error(attempt.kind);
  return attempt;
}

/** What a place says of itself under a slot's key. */
async function who(platform: MemoryPlatform, { content }: Unlocked): Promise<string | undefined> {
  const inner = await platform.openPlace(content.place);
  const value = await sealStore(inner, vaultOver(content.key)).get("meta", utf8("who"));
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

describe("the lock of a device", () => {
  it("A-1 leaves nothing that opens the profile but its PIN", async () => {
    const { platform, lock } = await locked(450);
    expect(await lock.state()).toBe("locked");
    expect(platform.plain).toBeUndefined();
    expect(await who(platform, await opened(lock, "1234"))).toBe("Dara");
    expect(await lock.unlock("1235")).toMatchObject({ kind: "wrong" });
    // Nothing that rests is, or holds, the key that opens it.
    const { content } = await opened(lock, "1234");
    const resting = Buffer.concat(platform.everything());
    expect(resting.includes(Buffer.from(content.key))).toBe(false);
    expect(resting.includes("Dara")).toBe(false);
    const inner = await platform.openPlace(content.place);
    expect(await sealStore(inner, vaultOver(content.key)).range("kept", {})).toHaveLength(450);
  });

  it("A-2 has boxes and places of one shape, with a second profile and without", async () => {
    const without = await locked();
    const withOne = await locked();
    expect(await withOne.lock.setDecoy(await opened(withOne.lock, "1234"), "9999")).toBe("done");
    await withOne.lock.setWipeWord(await opened(withOne.lock, "1234"), "pomegranate");
    // What was taken away again is as random as what never was.
    await withOne.lock.setPasskey(await opened(withOne.lock, "1234"), id(7));
    await withOne.lock.removePasskey(await opened(withOne.lock, "1234"));
    const shape = ({ platform }: { platform: MemoryPlatform }): unknown => ({
      records: [...platform.records.entries()].map(([name, bytes]) => [name, bytes.byteLength]),
      places: PLACES.map((place) => platform.shapeOf(place)),
    });
    expect(shape(withOne)).toEqual(shape(without));
    expect(withOne.platform.records.get("box")).toHaveLength(BOX_BYTES);
    // Three places that cannot be told apart by what rows there are.
    const [first, second, third] = PLACES.map((place) => without.platform.shapeOf(place));
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    // And no slot stands out by its bytes: each is far from constant.
    const box = withOne.platform.records.get("box") ?? new Uint8Array(0);
    for (let at = 17; at < box.byteLength; at += 92)
      expect(new Set(box.subarray(at, at + 92)).size).toBeGreaterThan(55);
  });

  it.each(["clear", "fill", "moving", "box", "removed", "end"] as const)(
    "A-3 finds the old profile or the new one, whole, when it was killed at: %s",
    async (at) => {
      const platform = new MemoryPlatform();
      const plain = await platform.openPlain();
      await sealStore(plain.inner, plain.vault).write([{ table: "meta", key: utf8("who"), value: utf8("Dara") }]);
      platform.dieAt = at;
      await new Lock(platform).setUp("1234").catch(() => {});
      const alive = platform.restarted();
      const lock = new Lock(alive);
      if ((await lock.state()) === "none") {
        const held = await alive.openPlain();
        expect(await sealStore(held.inner, held.vault).get("meta", utf8("who"))).toEqual(utf8("Dara"));
        await lock.setUp("1234");
      }
      expect(await who(alive, await opened(lock, "1234"))).toBe("Dara");
      expect(alive.plain).toBeUndefined();
      expect(alive.records.has("moving")).toBe(false);
    },
  );

  it("A-3 changes a PIN in one write", async () => {
    const { platform, lock } = await locked();
    const before = platform.writes;
    expect(await lock.changePin(await opened(lock, "1234"), "long words here")).toBe("done");
    // The attempt that opened wrote its count twice; the change wrote once.
    expect(platform.writes - before).toBe(3);
    expect(await lock.unlock("1234")).toMatchObject({ kind: "wrong" });
    expect(await who(platform, await opened(lock, "long words here"))).toBe("Dara");
    const copy = platform.restarted();
    copy.failWrites = true;
    const stopped = new Lock(copy);
    await expect(stopped.changePin(await opened(lock, "long words here"), "5555")).rejects.toThrow();
    copy.failWrites = false;
    expect(await who(copy, await opened(stopped, "long words here"))).toBe("Dara");
  });

  it("A-4 counts an attempt before it is made, and makes each wrong one wait longer", async () => {
    const { platform, lock } = await locked();
    for (let count = 1; count <= 3; count += 1)
      expect(await lock.unlock("0000")).toEqual({ kind: "wrong", waitMs: count < 3 ? 0 : 5_000 });
    expect(await lock.unlock("1234")).toEqual({ kind: "wait", waitMs: 5_000 });
    // A restart does not take it back.
    expect(await new Lock(platform.restarted()).unlock("1234")).toMatchObject({ kind: "wait" });
    platform.now += 5_000;
    platform.dieAt = "stretch";
    await expect(lock.unlock("0000")).rejects.toThrow();
    const again = platform.restarted();
    expect(await new Lock(again).unlock("1234")).toEqual({ kind: "wait", waitMs: 10_000 });
    again.now += 10_000;
    expect((await new Lock(again).unlock("1234")).kind).toBe("opened");
    expect(await new Lock(again).unlock("0000")).toEqual({ kind: "wrong", waitMs: 0 });
    expect(waitAfterMs(1000)).toBe(3_600_000);
    // A clock that was put back makes nobody wait for years.
    again.now -= 1e12;
    for (let count = 2; count <= 3; count += 1) await new Lock(again).unlock("0000");
    again.now -= 1e12;
    expect(await new Lock(again).unlock("0000")).toEqual({ kind: "wait", waitMs: 5_000 });
  });

  it("A-5 takes no PIN that opens something already", async () => {
    const { lock } = await locked();
    const held = await opened(lock, "1234");
    await lock.setDecoy(held, "9999");
    await lock.setWipeWord(await opened(lock, "1234"), "pomegranate");
    const now = await opened(lock, "1234");
    expect(now.content.has).toEqual({ decoy: true, passkey: false, wipe: true });
    expect(await lock.changePin(now, "9999")).toBe("taken");
    expect(await lock.changePin(now, "pomegranate")).toBe("taken");
    expect(await lock.setDecoy(now, "1234")).toBe("taken");
    expect(await lock.setWipeWord(now, "9999")).toBe("taken");
    expect((await lock.unlock("1234")).kind).toBe("opened");
  });

  it("A-6 takes the lock off and puts it on, and the second profile stays", async () => {
    const { platform, lock } = await locked();
    await lock.setDecoy(await opened(lock, "1234"), "9999");
    await opened(lock, "9999");
    const box = platform.records.get("box")?.slice();
    await lock.takeOff(await opened(lock, "1234"));
    expect(await lock.state()).toBe("off");
    expect(platform.records.get("box")).toEqual(box);
    const off = await lock.unlockOff();
    if (off === undefined) throw new Error("not off");
    expect(await who(platform, off)).toBe("Dara");
    expect(await lock.putOn(off, "9999")).toBe("taken");
    expect(await lock.putOn(off, "4321")).toBe("done");
    expect(await lock.state()).toBe("locked");
    expect(await lock.unlock("1234")).toMatchObject({ kind: "wrong" });
    expect(await who(platform, await opened(lock, "4321"))).toBe("Dara");
    expect((await opened(lock, "9999")).content.place).not.toBe(off.content.place);
  });

  it("A-20 destroys everything at the word, the box before all", async () => {
    const { platform, lock } = await locked();
    await lock.setWipeWord(await opened(lock, "1234"), "pomegranate");
    platform.order = [];
    expect(await lock.unlock("pomegranate")).toEqual({ kind: "wiped" });
    expect(platform.everything()).toEqual([]);
    expect(platform.order[0]).toBe("tries");
    expect(platform.order[1]).toBe("box");
    expect(platform.order.at(-1)).toBe("destroy");
    expect(await lock.state()).toBe("none");
    expect((await lock.unlock("1234")).kind).toBe("wrong");
  });

  it("A-20 has destroyed the key when it is killed in the middle", async () => {
    const { platform, lock } = await locked();
    await lock.setWipeWord(await opened(lock, "1234"), "pomegranate");
    platform.dieAt = "destroy";
    await lock.unlock("pomegranate").catch(() => {});
    expect((await new Lock(platform.restarted()).unlock("1234")).kind).toBe("wrong");
  });

  it("A-30 opens another profile with a second PIN, which touches nothing of the first", async () => {
    const { platform, lock } = await locked();
    const main = await opened(lock, "1234");
    await lock.setDecoy(main, "9999");
    const decoy = await opened(lock, "9999");
    expect(await who(platform, decoy)).toBeUndefined();
    const inner = await platform.openPlace(decoy.content.place);
    await sealStore(inner, vaultOver(decoy.content.key)).write([
      { table: "meta", key: utf8("who"), value: utf8("Nobody") },
    ]);
    // Everything that the second profile can do, to its end.
    expect(await lock.setDecoy(decoy, "third")).toBe("done");
    const third = await opened(lock, "third");
    expect(await lock.setDecoy(third, "fourth")).toBe("no-room");
    await lock.setWipeWord(third, "third word");
    await lock.removeWipeWord(await opened(lock, "third"));
    await lock.setPasskey(await opened(lock, "third"), id(7));
    await lock.removePasskey(await opened(lock, "third"));
    await lock.setWipeWord(await opened(lock, "9999"), "their word");
    await lock.removeDecoy(await opened(lock, "9999"));
    expect(await lock.unlock("third")).toMatchObject({ kind: "wrong" });
    expect(await lock.changePin(await opened(lock, "9999"), "8888")).toBe("done");
    await lock.takeOff(await opened(lock, "8888"));
    const off = await lock.unlockOff();
    if (off === undefined) throw new Error("not off");
    expect(await lock.putOn(off, "7777")).toBe("done");
    expect(await who(platform, await opened(lock, "1234"))).toBe("Dara");
    expect(await who(platform, await opened(lock, "7777"))).toBe("Nobody");
  });

  it("A-31 touches no place when a second profile is set, only when it is first opened", async () => {
    const { platform, lock } = await locked();
    const main = await opened(lock, "1234");
    const [place] = main.content.spare;
    const before = PLACES.map((each) => platform.bytesOf(each));
    await lock.setDecoy(main, "9999");
    expect(PLACES.map((each) => platform.bytesOf(each))).toEqual(before);
    await opened(lock, "9999");
    expect(platform.shapeOf(place ?? 0)).toEqual([]);
    expect((await opened(lock, "9999")).content.fresh).toBe(false);
  });

  it("opens with what a passkey answers, as long as it is set", async () => {
    const { platform, lock } = await locked();
    const main = await lock.setPasskey(await opened(lock, "1234"), id(9));
    const attempt = await lock.unlockWith(id(9));
    if (attempt.kind !== "opened") throw new Error(attempt.kind);
    expect(await who(platform, attempt)).toBe("Dara");
    await lock.removePasskey(main);
    expect(await lock.unlockWith(id(9))).toEqual({ kind: "wrong", waitMs: 0 });
  });

  it("reads contents totally, and each is as it was written", () => {
    const content: SlotContent = {
      kind: "wipe",
      place: 2,
      spare: [1, 0],
      has: { decoy: true, passkey: false, wipe: true },
      fresh: true,
      inherits: true,
      key: id(5),
    };
    expect(decodeContent(encodeContent(content))).toEqual(content);
    const one: SlotContent = { ...content, kind: "profile", spare: [0 as Place], inherits: false };
    expect(decodeContent(encodeContent(one))).toEqual(one);
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(64),
      new Uint8Array(64).fill(255),
      new Uint8Array(63).fill(1),
    ])
      expect(decodeContent(bytes)).toBeUndefined();
  });

  it("copies every table that there is", async () => {
    const { platform, lock } = await locked(1);
    const { content } = await opened(lock, "1234");
    const main = sealStore(await platform.openPlace(content.place), vaultOver(content.key));
    for (const table of Object.keys(TABLES) as Table[])
      expect((await main.range(table, {})).length).toBe(table === "meta" || table === "kept" ? 1 : 0);
  });
});
