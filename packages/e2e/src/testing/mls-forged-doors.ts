/* Forged GroupInfo and forged commits from outside: rules G-55 and G-56 of protocol/4-groups.md §9. */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import type { GroupInfo } from "../mls/port.ts";
import { tsMls } from "../mls/ts-mls/ts-mls.ts";
import { forgeExternal, forgeGroupInfo, forgeMemberAtDoor } from "./forge-external.ts";
import { admitted, expectTalking } from "./mls-external.ts";
import { codeOf, commitTo, type Party, type World } from "./mls-party.ts";
import { memberKeyOf } from "./ts-mls-forge.ts";

const NOTHING = new Uint8Array(0);

/** Every way of changing one byte here and there. */
function* flips(bytes: Uint8Array, step: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += step) {
    const changed = bytes.slice();
    changed[at]! ^= 1 << (at % 8);
    yield changed;
  }
}

const REFUSALS = ["e2e/bad-group-info", "e2e/bad-tree", "e2e/bad-credential", "e2e/duplicate-key"];

export function describeForgedDoors(world: () => World): void {
  it("G-55 a GroupInfo that was changed, cut, or belongs to another tree is refused before a commit is made", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const given = await sara.mls.groupInfo(sara.group);
    const attempt = (changed: Partial<GroupInfo>): Promise<string> =>
      codeOf(yara.mls.joinExternal(yara.device, { ...given, ...changed }, NOTHING));
    for (const info of flips(given.info, 53)) expect(REFUSALS).toContain(await attempt({ info }));
    for (const tree of flips(given.tree, 211)) expect(REFUSALS).toContain(await attempt({ tree }));
    for (const size of [0, 1, 4, 100]) {
      expect(await attempt({ info: given.info.subarray(0, size) })).toBe("e2e/bad-group-info");
      expect(await attempt({ tree: given.tree.subarray(0, size) })).toBe("e2e/bad-tree");
    }
    expect(await attempt({ info: concatBytes(given.info, Uint8Array.of(0)) })).toBe("e2e/bad-group-info");
    await commitTo(sara, [dara]);
    const { tree } = await sara.mls.groupInfo(sara.group);
    expect(REFUSALS).toContain(await attempt({ tree }));
    await admitted(yara, [sara, dara], sara);
  });

  it("G-55 a GroupInfo signed by someone who is not the leaf it names, without the key or with more extensions, is refused", async () => {
    const it = world();
    const [sara] = await it.group(2, (parts) => tsMls({ ...parts, suite: it.suite }));
    const [yara, stranger] = [await it.party(), await it.party()];
    for (const forgery of [
      { signKey: stranger.device.signaturePrivateKey },
      { signer: 1 },
      { signer: 2 },
      { signer: 4_000_000_000 },
      { extensions: "none" as const },
      { extensions: "no door" as const },
      { extensions: "more" as const },
    ]) {
      const info = await forgeGroupInfo(it.crypto, sara.group, it.suite, forgery);
      const given = { ...(await sara.mls.groupInfo(sara.group)), info };
      expect(await codeOf(yara.mls.joinExternal(yara.device, given, NOTHING))).toBe("e2e/bad-group-info");
    }
  });

  it("G-3 a newcomer asks about every leaf of the group, and every reader about the newcomer", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    it.revoked.add(dara.device.credential.device.join());
    expect(await codeOf(yara.knock(sara))).toBe("e2e/bad-credential");
    it.revoked.clear();
    const join = await yara.knock(sara);
    it.revoked.add(yara.device.credential.device.join());
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(join.frame))).toBe("e2e/bad-credential");
    await expectTalking([sara, dara]);
  });

  it("G-56 an external commit of any other form is refused by every reader, and the group goes on", async () => {
    const it = world();
    const [sara, dara] = await it.group(2, (parts) => tsMls({ ...parts, suite: it.suite }));
    const [yara, other] = [await it.party(), await it.party()];
    const given = await sara.mls.groupInfo(sara.group);
    const { publicBytes } = await other.mls.keyPackage(other.device);
    const bad = ["e2e/bad-commit"];
    for (const [forgery, codes] of [
      [{ remove: [0] }, bad],
      [{ remove: [1] }, bad],
      [{ remove: [5] }, bad],
      [{ add: publicBytes }, bad],
      [{ context: utf8("mine now") }, bad],
      [{ inits: 2 }, bad],
      [{ inits: 0 }, bad],
      [{ psk: true }, bad],
      [{ credential: sara.device.credential }, ["e2e/bad-credential"]],
      [{ hpkePublicKey: memberKeyOf(sara.group, 0) }, ["e2e/duplicate-key"]],
      [{ epoch: 0n }, bad],
      [{ groupId: utf8("group-0123456780") }, bad],
      [{ incapable: true }, bad],
      [{ proof: new Uint8Array(4097) }, bad],
      [{ confirmationTag: new Uint8Array(64) }, ["e2e/bad-tag"]],
      [{ signKey: other.device.signaturePrivateKey }, ["e2e/bad-tag"]],
      [{ kemOutput: it.crypto.random(it.suite === "x-wing" ? 1120 : 32) }, ["e2e/bad-tag"]],
      [{ kemOutput: new Uint8Array(3) }, ["e2e/bad-tag"]],
    ] as const) {
      const frame = await forgeExternal(it.crypto, it.suite, yara.device, given, forgery);
      for (const reader of [sara, dara])
        expect([forgery, codes.includes((await codeOf(reader.open(frame))) as never)]).toEqual([forgery, true]);
    }
    const honest = await forgeExternal(it.crypto, it.suite, yara.device, given, {});
    for (const reader of [sara, dara]) expect(await reader.open(honest)).toMatchObject({ change: { kind: "join" } });
    await expectTalking([sara, dara]);
  });

  it("G-5 a device that is a member does not come in a second time", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3, (parts) => tsMls({ ...parts, suite: it.suite }))) as [
      Party,
      Party,
      Party,
    ];
    const given = await sara.mls.groupInfo(sara.group);
    const frame = await forgeExternal(it.crypto, it.suite, omid.device, given, { stay: true });
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(frame))).toBe("e2e/duplicate-key");
    await expectTalking([sara, dara, omid]);
  });

  it("G-56 a commit in the clear, and anything else under the door key, is refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2, (parts) => tsMls({ ...parts, suite: it.suite }));
    const yara = await it.party();
    const given = await sara.mls.groupInfo(sara.group);
    const clear = await forgeExternal(it.crypto, it.suite, yara.device, given, { clear: true });
    const member = await forgeMemberAtDoor(it.crypto, it.suite, sara.group);
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(clear))).toBe("e2e/bad-frame");
    expect(await codeOf(dara.open(member))).toBe("e2e/bad-commit");
    await expectTalking([sara, dara]);
  });

  it("G-16 a flipped bit in any region of a joining commit is refused and changes nothing", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara);
    for (const changed of flips(join.frame, 31)) {
      const before = dara.group;
      expect(await codeOf(dara.open(changed))).toMatch(/^e2e\/(bad|future|stale)-/);
      expect(dara.group).toBe(before);
    }
    await yara.enter(join);
    for (const reader of [sara, dara]) await reader.open(join.frame);
    await expectTalking([sara, dara, yara]);
  });
}
