/* What groups refuse, with which code, and that refusing changes nothing: rules of protocol/4-groups.md by their ids. */
import { concatBytes } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { isE2eError } from "../errors.ts";
import { codeOf, commitTo, type Party, type World } from "./mls-party.ts";

/** One bit flipped in each region: the first bytes, sender data, start, middle and tag of the ciphertext. */
function flips(frame: Uint8Array): Uint8Array[] {
  const places = [
    ...Array.from({ length: 70 }, (_, i) => i),
    100,
    frame.byteLength >> 1,
    frame.byteLength - 17,
    frame.byteLength - 1,
  ];
  return places.map((at) => {
    const changed = frame.slice();
    changed[at]! ^= 1 << (at % 8);
    return changed;
  });
}

async function expectRefused(reader: Party, frames: readonly Uint8Array[]): Promise<Set<string>> {
  const codes = new Set<string>();
  for (const frame of frames) {
    const before = reader.group;
    codes.add(await codeOf(reader.open(frame)));
    expect(reader.group).toBe(before);
  }
  expect(codes.has("nothing was refused")).toBe(false);
  return codes;
}

export function describeBadInput(world: () => World): void {
  it("G-15 a replayed, an own, a former and a future frame each get their code", async () => {
    const [sara, dara] = await world().group(2);
    const frame = await sara.seal("once");
    expect(await dara.read(frame)).toBe("once");
    expect(await codeOf(dara.open(frame))).toBe("e2e/replayed");
    expect(await codeOf(sara.open(frame))).toBe("e2e/own-frame");
    expect(await codeOf((await sara.restart()).open(frame))).toBe("e2e/own-frame");
    const pending = await sara.pend({});
    await sara.merge(pending);
    expect(await codeOf(sara.open(pending.frame))).toBe("e2e/stale-epoch");
    expect(await codeOf(dara.open(await sara.seal("early")))).toBe("e2e/future-epoch");
    await dara.open(pending.frame);
    expect(await codeOf(dara.open(pending.frame))).toBe("e2e/stale-epoch");
    expect(await dara.read(await sara.seal("now"))).toBe("now");
  });

  it("G-16 a flipped bit in any region of a message is refused and changes nothing", async () => {
    const [sara, dara] = await world().group(2);
    const frame = await sara.seal("intact");
    const codes = await expectRefused(dara, flips(frame));
    expect(codes).toContain("e2e/bad-tag");
    expect(codes).toContain("e2e/bad-frame");
    expect(await dara.read(frame)).toBe("intact");
  });

  it("G-16 a flipped bit in any region of a commit is refused and changes nothing", async () => {
    const [sara, dara] = await world().group(2);
    const pending = await sara.pend({});
    await expectRefused(dara, flips(pending.frame));
    await sara.merge(pending);
    await dara.open(pending.frame);
    expect(await dara.read(await sara.seal("intact"))).toBe("intact");
  });

  it("G-16 truncated, lengthened, empty and foreign frames are refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const frame = await sara.seal("whole");
    const lengths = [0, 1, 2, 3, 4, 20, 43, 44, 60, 100, frame.byteLength - 1];
    const cut = lengths.map((length) => frame.subarray(0, length));
    const cutToBucket = await sara.seal("x".repeat(1000));
    const wrong = [
      ...cut,
      cutToBucket.subarray(0, 512),
      concatBytes(frame, new Uint8Array(1536)),
      concatBytes(frame, frame),
      new Uint8Array(512),
      it.crypto.random(512),
      new Uint8Array(524_288 + 32_768),
    ];
    const codes = await expectRefused(dara, wrong);
    expect([...codes].filter((code) => code !== "e2e/bad-frame" && code !== "e2e/bad-tag")).toEqual([]);
    const otherId = frame.slice();
    otherId[5]! ^= 1; // version 2, wire format 2, length 1, then the group id
    expect(await codeOf(dara.open(otherId))).toBe("e2e/bad-frame");
    const [stranger] = await it.group(2);
    expect(await codeOf(dara.open(await stranger.seal("same group id, other group")))).toBe("e2e/bad-tag");
    expect(await dara.read(frame)).toBe("whole");
  });

  it("G-16 key packages, Welcomes and trees: any flipped or missing byte is refused, never another exception", async () => {
    const it = world();
    const sara = await (await it.party()).create();
    const dara = await it.party();
    const keyPackage = await dara.mls.keyPackage(dara.device);
    const bytes = keyPackage.publicBytes;
    for (let at = 0; at < bytes.byteLength; at += 61) {
      const changed = bytes.slice();
      changed[at]! ^= 0x40;
      expect(await codeOf(sara.mls.inspect(changed))).toMatch(/^e2e\/(bad|expired)-/);
      expect(await codeOf(sara.mls.inspect(bytes.subarray(0, at)))).toBe("e2e/bad-key-package");
    }
    expect(await codeOf(sara.mls.inspect(concatBytes(bytes, new Uint8Array(1))))).toBe("e2e/bad-key-package");
    expect(await codeOf(sara.mls.inspect(new Uint8Array(8193)))).toBe("e2e/bad-key-package");
    const pending = await sara.pend({ add: [bytes] });
    const { welcome, tree } = pending;
    for (let at = 0; at < welcome!.byteLength; at += 97) {
      const changed = welcome!.slice();
      changed[at]! ^= 1;
      const code = await codeOf(dara.mls.join(dara.device, keyPackage, changed, tree!));
      expect(["e2e/bad-welcome", "e2e/unknown-key-package"]).toContain(code);
    }
    for (const wrong of [tree!.subarray(1), new Uint8Array(0), new Uint8Array(512), it.crypto.random(8192)]) {
      expect(await codeOf(dara.mls.join(dara.device, keyPackage, welcome!, wrong))).toBe("e2e/bad-tree");
    }
    await sara.merge(pending);
    await dara.join(keyPackage, pending);
    expect(await dara.read(await sara.seal("in"))).toBe("in");
  });

  it("G-20 a Welcome opens only with its key package, and a tree only with its Welcome", async () => {
    const it = world();
    const [sara] = await it.group(2);
    const [one, two] = [await it.party(), await it.party()];
    const [first, second] = [await one.mls.keyPackage(one.device), await two.mls.keyPackage(two.device)];
    const toFirst = await sara.pend({ add: [first.publicBytes] });
    await sara.merge(toFirst);
    const toSecond = await sara.pend({ add: [second.publicBytes] });
    await sara.merge(toSecond);
    expect(await codeOf(two.join(second, toFirst))).toBe("e2e/unknown-key-package");
    const mixed = { ...toSecond, tree: toFirst.tree };
    expect(await codeOf(two.join(second, mixed))).toBe("e2e/bad-tree");
    await two.join(second, toSecond);
    expect(two.group.members()).toHaveLength(4);
  });

  it("G-16 no bytes whatever give anything but an E2eError", async () => {
    const [sara, dara] = await world().group(2);
    const real = await sara.seal("real");
    const frames = fc.tuple(fc.uint8Array({ minLength: 512, maxLength: 512 }), fc.nat(80));
    await fc.assert(
      fc.asyncProperty(frames, async ([bytes, realBytes]) => {
        bytes.set(real.subarray(0, realBytes));
        for (const attempt of [dara.open(bytes), dara.mls.inspect(bytes)]) {
          const error: unknown = await attempt.catch((thrown: unknown) => thrown);
          expect(isE2eError(error)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
    expect(await dara.read(real)).toBe("real");
  });

  it("a refused commit leaves the reader able to follow the right one", async () => {
    const [sara, dara] = await world().group(2);
    const lost = await sara.pend({});
    sara.take(sara.mls.drop(sara.group, lost));
    const changed = lost.frame.slice();
    changed[200]! ^= 1;
    expect(await codeOf(dara.open(changed))).toMatch(/^e2e\/bad-/);
    await commitTo(sara, [dara]);
    expect(await dara.read(await sara.seal("followed"))).toBe("followed");
  });
}
