/* Pre-shared keys in commits: rules G-60 ff. of protocol/4-groups.md §10, and peers that leave them out. */
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import type { Psk } from "../mls/port.ts";
import { tsMls } from "../mls/ts-mls/ts-mls.ts";
import { forgeExternal } from "./forge-external.ts";
import { admitted, expectTalking } from "./mls-external.ts";
import { addAll, codeOf, commitTo, type Party, type World } from "./mls-party.ts";
import { forgeCommit, forgeKeyPackage, forgeWelcome } from "./ts-mls-forge.ts";

const NOTHING = new Uint8Array(0);

function freshPsk(world: World, name: string): Psk {
  return { id: utf8(name), secret: world.crypto.random(32) };
}

/** The key has reached everybody. */
function bring(world: World, { id, secret }: Psk): void {
  world.psks.set(id.join(), secret);
}

async function hostile(world: World): Promise<[Party, Party, Party]> {
  return (await world.group(3, (parts) => tsMls({ ...parts, suite: world.suite }))) as [Party, Party, Party];
}

export function describePsks(world: () => World): void {
  it("G-62 a commit mixes in a key: who has it follows, who has it not yet refuses, changes nothing and follows later", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    const psk = freshPsk(it, "week 7");
    const pending = await sara.pend({ psk });
    await sara.merge(pending);
    const before = dara.group;
    expect(await codeOf(dara.open(pending.frame))).toBe("e2e/unknown-psk");
    expect(dara.group).toBe(before);
    bring(it, psk);
    for (const reader of [dara, omid]) await reader.open(pending.frame);
    await expectTalking([sara, dara, omid]);
    await commitTo(omid, [sara, dara], { psk: freshPskBrought(it, "week 8") });
    for (const party of [sara, dara, omid]) await party.restart();
    await expectTalking([sara, dara, omid]);
  });

  it("G-90 whoever is asked for a key sees the whole change; who is taken out needs none to read that", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    const psk = freshPsk(it, "week 7");
    const pending = await sara.pend({ psk, remove: [omid.group.ownLeaf] });
    await sara.merge(pending);
    it.wanted.length = 0;
    expect(await codeOf(dara.open(pending.frame))).toBe("e2e/unknown-psk");
    expect(it.wanted).toMatchObject([
      { kind: "commit", psk: psk.id, by: { leaf: sara.group.ownLeaf }, removed: [{ leaf: omid.group.ownLeaf }] },
    ]);
    expect(await omid.open(pending.frame)).toMatchObject({ left: true, change: { psk: psk.id } });
    expect(it.wanted).toHaveLength(1);
    bring(it, psk);
    await dara.open(pending.frame);
    await expectTalking([sara, dara]);
  });

  it("G-62 a commit whose key is another one than the reader's does not open", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const pending = await sara.pend({ psk: freshPsk(it, "week 7") });
    bring(it, freshPsk(it, "week 7"));
    expect(await codeOf(dara.open(pending.frame))).toBe("e2e/bad-tag");
    sara.take(sara.mls.drop(sara.group, pending));
    await expectTalking([sara, dara]);
  });

  it("G-62 a pending commit with a key survives a restart", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const pending = await sara.pend({ psk: freshPskBrought(it, "week 7") });
    await sara.restart();
    await sara.merge((await sara.mls.loadPending(sara.device, sara.records))!);
    await dara.open(pending.frame);
    await expectTalking([sara, dara]);
  });

  it("G-64 a key is brought to one device, sealed to its key package; to no other, unchanged, and both have it", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const [own, other] = [await dara.mls.keyPackage(dara.device), await dara.mls.keyPackage(dara.device)];
    const psk = freshPsk(it, "week 7");
    const sealed = await sara.mls.sealPsk(own.publicBytes, psk);
    expect(sealed.byteLength).toBeLessThan(1300);
    expect(await dara.mls.openPsk(own, sealed)).toEqual(psk);
    expect(await codeOf(dara.mls.openPsk(other, sealed))).toBe("e2e/unknown-psk");
    for (let at = 0; at < sealed.byteLength; at += 37) {
      const changed = sealed.slice();
      changed[at]! ^= 1;
      expect(await codeOf(dara.mls.openPsk(own, changed))).toBe("e2e/unknown-psk");
      expect(await codeOf(dara.mls.openPsk(own, sealed.subarray(0, at)))).toBe("e2e/unknown-psk");
    }
    it.nowMs += 200 * 86_400_000;
    expect(await codeOf(sara.mls.sealPsk(own.publicBytes, psk))).toBe("e2e/expired-key-package");
  });

  it("G-63 keys named twice, three at once, and resumption keys are refused", async () => {
    const it = world();
    const [sara, dara, mallory] = await hostile(it);
    const [one, two, three] = ["one", "two", "three"].map((name) => freshPskBrought(it, name)) as [Psk, Psk, Psk];
    for (const forgery of [
      { psks: [one, one] },
      { psks: [one, two] },
      { psks: [one, two, three] },
      { resumption: true },
      { psks: [{ id: new Uint8Array(256), secret: one.secret }] },
    ]) {
      const frame = await forgeCommit(it.crypto, mallory.group, it.suite, forgery);
      for (const reader of [sara, dara]) expect(await codeOf(reader.open(frame))).toBe("e2e/bad-commit");
    }
    const honest = await forgeCommit(it.crypto, mallory.group, it.suite, { psks: [one] });
    for (const reader of [sara, dara]) await reader.open(honest);
    await expectTalking([sara, dara]);
  });
}

function freshPskBrought(world: World, name: string): Psk {
  const psk = freshPsk(world, name);
  bring(world, psk);
  return psk;
}

/** Only for suites that are not post-quantum. */
export function describeChainKeys(world: () => World): void {
  it("G-60 a commit that brings somebody in without the chain key is refused by every reader", async () => {
    const it = world();
    const [sara, dara, mallory] = await hostile(it);
    const newcomer = await it.party();
    const { publicBytes } = await newcomer.mls.keyPackage(newcomer.device);
    const bare = await forgeCommit(it.crypto, mallory.group, it.suite, { add: [publicBytes], unchained: true });
    const other = freshPskBrought(it, "instead");
    const instead = { add: [publicBytes], unchained: true, psks: [other] };
    const swapped = await forgeCommit(it.crypto, mallory.group, it.suite, instead);
    const chain = {
      id: new Uint8Array([...utf8("chapar chain "), 0, 0, 0, 0, 0, 0, 0, 1]),
      secret: await mallory.mls.exportSecret(mallory.group, "chapar chain", NOTHING, 32),
    };
    const twice = await forgeCommit(it.crypto, mallory.group, it.suite, { add: [publicBytes], psks: [chain] });
    const idle = await forgeCommit(it.crypto, mallory.group, it.suite, { psks: [chain] });
    const given = await mallory.mls.groupInfo(mallory.group);
    const outside = await forgeExternal(it.crypto, it.suite, newcomer.device, given, { unchained: true });
    for (const frame of [bare, swapped, twice, idle, outside])
      for (const reader of [sara, dara]) expect(await codeOf(reader.open(frame))).toBe("e2e/bad-commit");
    await expectTalking([sara, dara, mallory]);
  });

  it("G-60 the chain key of a former epoch does not do", async () => {
    const it = world();
    const [sara, dara, mallory] = await hostile(it);
    const former = await mallory.mls.exportSecret(mallory.group, "chapar chain", NOTHING, 32);
    await commitTo(sara, [dara, mallory]);
    const newcomer = await it.party();
    const { publicBytes } = await newcomer.mls.keyPackage(newcomer.device);
    const now = new Uint8Array([...utf8("chapar chain "), 0, 0, 0, 0, 0, 0, 0, 2]);
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, {
      add: [publicBytes],
      unchained: true,
      psks: [{ id: now, secret: former }],
    });
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(frame))).toBe("e2e/bad-tag");
    await expectTalking([sara, dara]);
  });

  it("G-61 whoever could break X25519 alone does not get in with a recorded Welcome", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const commit = await sara.pend({ add: [keyPackage.publicBytes] });
    // version 1, two X25519 keys with their lengths; what follows is the X-Wing seed, which X25519's breaker lacks
    const broken = keyPackage.privateBytes.slice();
    broken.set(it.crypto.random(32), broken.byteLength - 32);
    const without = { ...keyPackage, privateBytes: keyPackage.privateBytes.slice(0, 67) };
    for (const stolen of [{ ...keyPackage, privateBytes: broken }, without])
      expect(await codeOf(joiner.join(stolen, commit))).toBe("e2e/bad-welcome");
    await sara.merge(commit);
    await dara.open(commit.frame);
    await joiner.join(keyPackage, commit);
    await expectTalking([sara, dara, joiner]);
  });

  it("G-61 joiners get the keys of their commit with their Welcome, also the caller's; damaged ones are refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const joiners = [await it.party(), await it.party()];
    const packages = await Promise.all(joiners.map(({ mls, device }) => mls.keyPackage(device)));
    const add = packages.map(({ publicBytes }) => publicBytes);
    const pending = await sara.pend({ add, psk: freshPskBrought(it, "week 7") });
    await sara.merge(pending);
    await dara.open(pending.frame);
    it.psks.clear();
    const welcome = pending.welcome!;
    for (let at = 600; at < 3200; at += 111) {
      const changed = welcome.slice();
      changed[at]! ^= 4;
      const code = await codeOf(joiners[0]!.join(packages[0]!, { ...pending, welcome: changed }));
      expect(["e2e/bad-welcome", "e2e/unknown-key-package", "nothing was refused"]).toContain(code);
    }
    const cut = welcome.slice();
    cut.fill(0, 600);
    expect(await codeOf(joiners[0]!.join(packages[0]!, { ...pending, welcome: cut }))).toBe("e2e/bad-welcome");
    for (const [i, joiner] of joiners.entries()) await joiner.join(packages[i]!, pending);
    await expectTalking([sara, dara, ...joiners]);
  });

  it("G-61 a Welcome that rests on no chain key, on another key or on another epoch's is refused by the joiner", async () => {
    const it = world();
    const [, , mallory] = await hostile(it);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const chain = (epoch: number): Psk => ({
      id: new Uint8Array([...utf8("chapar chain "), 0, 0, 0, 0, 0, 0, 0, epoch]),
      secret: it.crypto.random(32),
    });
    for (const [psks, code] of [
      [[], "e2e/bad-welcome"],
      [[freshPsk(it, "instead")], "e2e/bad-welcome"],
      [[chain(0)], "e2e/bad-welcome"],
      [[chain(2)], "e2e/bad-welcome"],
      [[chain(1)], "nothing was refused"],
    ] as const) {
      const { welcome, tree } = await forgeWelcome(it.crypto, mallory.group, it.suite, keyPackage.publicBytes, psks);
      expect(await codeOf(joiner.mls.join(joiner.device, keyPackage, welcome, tree))).toBe(code);
    }
  });

  it("G-61 a key package without its X-Wing key, or with one of another length, is refused by committer and reader", async () => {
    const it = world();
    const [sara] = await it.group(2);
    const newcomer = await it.party();
    for (const hybridKeyBytes of [0, 32, 1215, 1217]) {
      const bytes = await forgeKeyPackage(it.crypto, newcomer.device, { suite: it.suite, hybridKeyBytes });
      expect(await codeOf(sara.mls.inspect(bytes))).toBe("e2e/bad-key-package");
      expect(await codeOf(sara.pend({ add: [bytes] }))).toBe("e2e/bad-key-package");
    }
  });

  it("G-61 a newcomer from outside takes the chain key out of the GroupInfo; nobody can leave it out of there", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    await admitted(yara, [sara, dara], sara);
    const omid = await it.party();
    const keyPackage = await omid.mls.keyPackage(omid.device);
    const frame = await addAll(yara, [{ party: omid, keyPackage }]);
    for (const reader of [sara, dara]) await reader.open(frame);
    await expectTalking([sara, dara, yara, omid]);
    const secret = await sara.mls.exportSecret(sara.group, "chapar chain", NOTHING, 32);
    const { info } = await sara.mls.groupInfo(sara.group);
    expect(info.some((_, at) => equalBytes(info.subarray(at, at + 32), secret))).toBe(true);
  });
}
