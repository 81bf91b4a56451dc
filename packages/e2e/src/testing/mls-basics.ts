/* What groups do when everybody behaves: rules of protocol/4-groups.md by their ids. */
import { concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import { roomKeys } from "../mls/room-keys.ts";
import { type SignedMessage, signedMessageBytes } from "../mls/signed-message.ts";
import { addAll, codeOf, commitTo, type Party, type World } from "./mls-party.ts";

const SIZES = [512, 2048, 8192, 32_768];

async function everyoneTalks(parties: readonly Party[]): Promise<void> {
  for (const [i, sender] of parties.entries()) {
    const frame = await sender.seal(`from ${i}`);
    for (const reader of parties) if (reader !== sender) expect(await reader.read(frame)).toBe(`from ${i}`);
  }
}

/** Exporter secrets agree exactly when the whole key schedule does. */
async function expectOneEpoch(parties: readonly Party[]): Promise<void> {
  const secrets: Uint8Array[] = [];
  for (const { mls, group } of parties) secrets.push(await mls.exportSecret(group, "test", utf8("c"), 32));
  for (const secret of secrets) expect(equalBytes(secret, secrets[0]!)).toBe(true);
  for (const { group } of parties) expect(group.members()).toEqual(parties[0]!.group.members());
}

export function describeConversation(world: () => World): void {
  it("G-2 two devices create, join and talk both ways; each knows who the other is", async () => {
    const [sara, dara] = await world().group(2);
    expect(await dara.read(await sara.seal("سلام"))).toBe("سلام");
    const answer = await sara.open(await dara.seal("hello"));
    expect(answer).toMatchObject({
      kind: "message",
      sender: { leaf: 1, credential: dara.device.credential },
      epoch: 1,
      generation: 0,
    });
    expect(sara.group.members().map(({ credential }) => credential)).toEqual([
      sara.device.credential,
      dara.device.credential,
    ]);
    expect([sara.group.ownLeaf, dara.group.ownLeaf]).toEqual([0, 1]);
    await expectOneEpoch([sara, dara]);
  });

  it("N-21 who is given a message and its epoch's context can check its signature, and no other message fits it", async () => {
    const [sara, dara] = await world().group(2);
    const content = utf8("who wrote this?");
    const incoming = await dara.open(await sara.seal("who wrote this?"));
    if (incoming.kind !== "message") throw new Error("no message");
    const { groupId, epoch } = sara.group;
    const { signature, context } = incoming.signed;
    const told = { groupId, epoch, leaf: 0, content, context };
    const holds = (message: SignedMessage, key = sara.device.credential.device): Promise<boolean> | boolean =>
      world().crypto.ed25519.verify(key, signedMessageBytes(message), signature);
    expect(await holds(told)).toBe(true);
    expect(await holds(told, dara.device.credential.device)).toBe(false);
    for (const other of [{ content: utf8("who wrote that?") }, { epoch: epoch + 1 }, { leaf: 1 }, { groupId: content }])
      expect(await holds({ ...told, ...other })).toBe(false);
  });

  it("G-1 the context is the creator's, the same for all, and changes by commit", async () => {
    const [sara, dara] = await world().group(2);
    expect(dara.group.context).toEqual(utf8("room"));
    const pending = await commitTo(sara, [dara], { context: utf8("new roles") });
    expect([sara.group.context, dara.group.context]).toEqual([utf8("new roles"), utf8("new roles")]);
    expect(pending.renew).toBe(true);
    const renewal = await commitTo(sara, [dara]);
    expect(renewal.renew).toBe(false);
    await everyoneTalks([sara, dara]);
  });

  it("G-1 one commit changes the context, removes a member, adds another and renews the path", async () => {
    const it = world();
    const [sara, dara, omid, yara] = await it.group(4);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const pending = await sara.pend({ add: [keyPackage.publicBytes], remove: [2], context: utf8("all at once") });
    expect(pending.renew).toBe(false);
    await sara.merge(pending);
    await joiner.join(keyPackage, pending);
    expect(await omid!.open(pending.frame)).toMatchObject({ left: true });
    for (const other of [dara, yara!]) {
      expect(await other.open(pending.frame)).toMatchObject({
        added: [{ leaf: 2 }],
        removed: [{ leaf: 2 }],
        left: false,
      });
    }
    const all = [sara, dara, yara!, joiner];
    for (const { group } of all) expect(group.context).toEqual(utf8("all at once"));
    await everyoneTalks(all);
    await commitTo(joiner, [sara, dara, yara!]);
    await expectOneEpoch(all);
  });

  it("groups of three to twenty: add, talk, renew, remove, add into the gap", async () => {
    const it = world();
    for (const size of [3, 8, 20]) {
      const parties = await it.group(size);
      const [creator, second, ...rest] = parties;
      await expectOneEpoch(parties);
      const frame = await parties.at(-1)!.seal("last one writes");
      expect(await creator.read(frame)).toBe("last one writes");
      expect(await second.read(frame)).toBe("last one writes");
      for (const other of rest.slice(0, -1)) await other.open(frame);
      await commitTo(second, [creator, ...rest]);
      const gone = rest[0]!;
      const stay = [creator, second, ...rest.slice(1)];
      const pending = await commitTo(creator, stay.slice(1), { remove: [gone.group.ownLeaf] });
      expect(await gone.open(pending.frame)).toMatchObject({ kind: "commit", left: true });
      const joiner = await it.party();
      const commit = await addAll(second, [{ party: joiner, keyPackage: await joiner.mls.keyPackage(joiner.device) }]);
      for (const other of stay)
        if (other !== second) expect(await other.open(commit)).toMatchObject({ added: [{ leaf: 2 }] });
      expect(joiner.group.ownLeaf).toBe(2);
      await expectOneEpoch([...stay, joiner]);
      if (size === 3) await everyoneTalks([...stay, joiner]);
    }
  });

  it("G-31 two commits for one epoch: the loser drops, opens the winner's and rebases", async () => {
    const it = world();
    const [sara, dara, omid] = await it.group(3);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const winner = await sara.pend({});
    const loser = await dara.pend({ add: [keyPackage.publicBytes] });
    await sara.merge(winner);
    dara.take(dara.mls.drop(dara.group, loser));
    expect(dara.records.has("pending")).toBe(false);
    for (const other of [dara, omid!]) await other.open(winner.frame);
    expect(await codeOf(dara.mls.merge(dara.group, loser))).toBe("e2e/stale-group");
    const commit = await addAll(dara, [{ party: joiner, keyPackage }]);
    for (const other of [sara, omid!]) await other.open(commit);
    await everyoneTalks([sara, dara, omid!, joiner]);
  });

  it("G-31 the loser may open the winner's commit first and drop afterwards", async () => {
    const [sara, dara] = await world().group(2);
    const [winner, loser] = [await sara.pend({}), await dara.pend({})];
    await sara.merge(winner);
    await dara.open(winner.frame);
    dara.take(dara.mls.drop(dara.group, loser));
    await everyoneTalks([sara, dara]);
  });

  it("G-31 messages go on while a commit is pending, and those of the old epoch are still read after it", async () => {
    const [sara, dara] = await world().group(2);
    const pending = await sara.pend({});
    const late = [await sara.seal("before"), await dara.seal("crossing")] as const;
    await sara.merge(pending);
    expect(await dara.read(late[0])).toBe("before");
    await dara.open(pending.frame);
    expect(await sara.read(late[1])).toBe("crossing");
    const next = await dara.pend({});
    await dara.merge(next);
    await sara.open(next.frame);
    await everyoneTalks([sara, dara]);
  });
}

export function describeSizes(world: () => World): void {
  it("G-21 every frame is exactly 512, 2,048, 8,192 or 32,768 bytes, and content of each length survives", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const seen = new Set<number>();
    const lengths = [
      0, 1, 63, 64, 300, 330, 360, 380, 400, 500, 1024, 1900, 2000, 7900, 8100, 16_000, 16_400, 32_000, 32_500,
    ];
    for (const length of lengths) {
      const content = it.crypto.random(length);
      const { frame } = sara.take(await sara.mls.seal(sara.group, content));
      expect(SIZES).toContain(frame.byteLength);
      expect(await dara.open(frame)).toMatchObject({ kind: "message", content });
      seen.add(frame.byteLength);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(SIZES);
    expect(await codeOf(sara.mls.seal(sara.group, new Uint8Array(32_768)))).toBe("e2e/too-large");
    expect(await dara.read(await sara.seal("still usable"))).toBe("still usable");
  });

  it("G-22 commits, Welcomes and sealed trees have bucket sizes", async () => {
    const it = world();
    const sara = await (await it.party()).create();
    const added: Uint8Array[] = [];
    for (let i = 0; i < 14; i++) {
      const party = await it.party();
      added.push((await party.mls.keyPackage(party.device)).publicBytes);
    }
    const big = await sara.pend({ add: added });
    for (const bytes of [big.frame, big.welcome!, big.tree!]) {
      expect(SIZES.includes(bytes.byteLength) || bytes.byteLength % 32_768 === 0).toBe(true);
    }
    sara.take(sara.mls.drop(sara.group, big));
    expect(SIZES).toContain((await sara.pend({})).frame.byteLength);
  });

  it("G-41 members of an epoch share the room's write and read keys; the next epoch and outsiders have others", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const hers = await roomKeys(sara.mls, it.crypto, sara.group);
    const his = await roomKeys(dara.mls, it.crypto, dara.group);
    expect(his.write.publicKey).toEqual(hers.write.publicKey);
    expect(his.read.publicKey).toEqual(hers.read.publicKey);
    expect(hers.write.publicKey).not.toEqual(hers.read.publicKey);
    const signature = await his.write.sign(utf8("proof"));
    expect(await it.crypto.ed25519.verify(hers.write.publicKey, utf8("proof"), signature)).toBe(true);
    const pending = await sara.pend({});
    const announced = await roomKeys(sara.mls, it.crypto, pending.next);
    await sara.merge(pending);
    await dara.open(pending.frame);
    expect((await roomKeys(dara.mls, it.crypto, dara.group)).write.publicKey).toEqual(announced.write.publicKey);
    expect(announced.write.publicKey).not.toEqual(hers.write.publicKey);
  });

  it("a frame shows neither its content nor its sender", async () => {
    const [sara, dara] = await world().group(2);
    const text = "a sentence that must not be found";
    const { credential } = sara.device;
    const frame = await sara.seal(text);
    for (const needle of [utf8(text), credential.identity, credential.device]) {
      expect(frame.some((_, at) => equalBytes(frame.subarray(at, at + needle.byteLength), needle))).toBe(false);
    }
    expect(await dara.read(concatBytes(frame))).toBe(text);
  });
}
