import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../../node/node-crypto.ts";
import { codeOf, makeDevice, textOf } from "../../testing/mls-party.ts";
import { tsMls } from "./ts-mls.ts";

const crypto = nodeCrypto();
const mls = tsMls({ crypto, authenticate: () => true, allow: () => true, nowMs: () => Date.now() });
const BOTH = ["x-wing", "x25519"] as const;

describe("both suites behind one port", () => {
  it.each(BOTH)(
    "G-65 a group of suite %s is one in every operation, by key package, by records and from outside",
    async (suite) => {
      const [sara, dara, omid] = [await makeDevice(crypto), await makeDevice(crypto), await makeDevice(crypto)];
      const keys = await mls.keyPackage(dara, suite);
      expect((await mls.inspect(keys.publicBytes)).suite).toBe(suite);
      const created = await mls.create(sara, utf8("group"), utf8("room"), suite);
      const pending = await mls.commit(created.group, { add: [keys.publicBytes], remove: [] });
      const records = new Map([...created.writes, ...pending.writes].map(({ key, value }) => [key, value!]));
      const loaded = await mls.load(sara, records);
      const merged = await mls.merge(loaded, (await mls.loadPending(sara, records))!);
      const joined = await mls.join(dara, keys, pending.welcome!, pending.tree!);
      expect([loaded.suite, merged.group.suite, joined.group.suite]).toEqual([suite, suite, suite]);
      const sealed = await mls.seal(merged.group, utf8("hello"));
      const opened = await mls.open(joined.group, sealed.frame);
      expect(textOf(opened.incoming)).toBe("hello");
      const psk = { id: utf8("week"), secret: crypto.random(32) };
      expect(await mls.openPsk(keys, await mls.sealPsk(keys.publicBytes, psk))).toEqual(psk);
      const outside = await mls.joinExternal(omid, await mls.groupInfo(opened.group), new Uint8Array(0));
      const kept = new Map(outside.writes.map(({ key, value }) => [key, value!]));
      const entered = await mls.enter((await mls.loadPendingJoin(omid, kept))!);
      expect(entered.group.suite).toBe(suite);
      expect((await mls.open(opened.group, outside.frame)).group.members()).toHaveLength(3);
    },
  );

  it.each(BOTH)("G-65 nobody is added to a group of suite %s by keys of the other", async (suite) => {
    const [sara, dara] = [await makeDevice(crypto), await makeDevice(crypto)];
    const other = suite === "x-wing" ? "x25519" : "x-wing";
    const { group } = await mls.create(sara, utf8("group"), utf8("room"), suite);
    const { publicBytes } = await mls.keyPackage(dara, other);
    expect(await codeOf(mls.commit(group, { add: [publicBytes], remove: [] }))).toBe("e2e/bad-key-package");
  });

  it("G-65 bytes of a suite that is not spoken, and bytes of none, are refused with a code", async () => {
    const { publicBytes } = await mls.keyPackage(await makeDevice(crypto));
    const foreign = publicBytes.slice();
    foreign.set([0, 2], 6);
    for (const bytes of [foreign, publicBytes.slice(0, 7), new Uint8Array(0)])
      expect(await codeOf(mls.inspect(bytes))).toBe("e2e/bad-key-package");
    expect(await codeOf(mls.load(await makeDevice(crypto), new Map([["epoch", new Uint8Array(9)]])))).toBe(
      "e2e/bad-record",
    );
  });
});
