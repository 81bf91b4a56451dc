/* Joining from outside: rules G-50 ff. of protocol/4-groups.md §9, and who tries to come in without a right. */
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import { openGroupInfo, sealGroupInfo } from "../mls/group-info.ts";
import { roomKeys } from "../mls/room-keys.ts";
import { tsMls } from "../mls/ts-mls/ts-mls.ts";
import { codeOf, commitTo, type Party, type World } from "./mls-party.ts";
import { forgeExternal } from "./forge-external.ts";

const SIZES = [512, 2048, 8192, 32_768];
const NOTHING = new Uint8Array(0);

export async function expectTalking(parties: readonly Party[]): Promise<void> {
  for (const sender of parties) {
    const frame = await sender.seal("heard by all");
    for (const reader of parties) if (reader !== sender) expect(await reader.read(frame)).toBe("heard by all");
  }
}

/** The hub took the joining commit: its maker enters, the others open it. */
export async function admitted(
  joiner: Party,
  others: readonly Party[],
  member: Party,
  proof = NOTHING,
): Promise<Uint8Array> {
  const join = await joiner.knock(member, proof);
  await joiner.enter(join);
  for (const other of others) await other.open(join.frame);
  return join.frame;
}

export function describeExternalJoins(world: () => World): void {
  it("G-50 a device joins by its own commit; everyone learns who came in and by what proof; all talk", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    const yara = await it.party();
    const join = await yara.knock(dara, utf8("invite 7"));
    expect(join).toMatchObject({ follows: 1, resync: false, signer: { leaf: 1, credential: dara.device.credential } });
    expect(join.next.members()).toHaveLength(4);
    expect(join.next.context).toEqual(utf8("room"));
    await yara.enter(join);
    for (const reader of [sara, dara, omid]) {
      expect(await reader.open(join.frame)).toMatchObject({
        kind: "commit",
        sender: { leaf: 3, credential: yara.device.credential },
        added: [{ leaf: 3, credential: yara.device.credential }],
        removed: [],
        left: false,
        change: { kind: "join", epoch: 1, proof: utf8("invite 7"), before: utf8("room"), after: utf8("room") },
      });
    }
    const all = [sara, dara, omid, yara];
    await expectTalking(all);
    await commitTo(yara, [sara, dara, omid]);
    await commitTo(sara, [dara, yara], { remove: [2] });
    await expectTalking([sara, dara, yara]);
  });

  it("G-50 the room keys of the next epoch are known before the hub answers, to nobody but members and the newcomer", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara);
    const announced = await roomKeys(yara.mls, it.crypto, join.next);
    await yara.enter(join);
    for (const reader of [sara, dara]) {
      await reader.open(join.frame);
      expect((await roomKeys(reader.mls, it.crypto, reader.group)).write.publicKey).toEqual(announced.write.publicKey);
    }
  });

  it("G-50 a newcomer takes an emptied leaf, and trees with unmerged leaves let it in", async () => {
    const it = world();
    const parties = (await it.group(7)) as [Party, Party, ...Party[]];
    const [sara, ...rest] = parties;
    await commitTo(sara, rest, { remove: [2] });
    const left = parties.filter(({ group }) => group.ownLeaf !== 2);
    const one = await it.party();
    await admitted(one, left, rest[3]!);
    expect(one.group.ownLeaf).toBe(2);
    const two = await it.party();
    await admitted(two, [...left, one], one);
    await expectTalking([...left, one, two]);
  });

  it("G-51 two join at once: the hub takes one, the other abandons and comes in on a newer GroupInfo", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const [first, second] = [await it.party(), await it.party()];
    const [won, lost] = [await first.knock(sara), await second.knock(sara)];
    await first.enter(won);
    for (const reader of [sara, dara]) {
      await reader.open(won.frame);
      expect(await codeOf(reader.open(lost.frame))).toBe("e2e/stale-epoch");
    }
    second.write(second.mls.abandon(lost));
    expect(second.records.size).toBe(0);
    expect(await codeOf(second.mls.enter(lost))).toBe("e2e/stale-group");
    expect(await codeOf(second.mls.exportSecret(lost.next, "x", NOTHING, 32))).toBe("e2e/stale-group");
    await admitted(second, [sara, dara, first], dara);
    await expectTalking([sara, dara, first, second]);
  });

  it("G-51 a joining commit survives a restart with its bytes, and is entered from its record", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara);
    expect([...yara.records.keys()]).toEqual(["joining"]);
    const again = await yara.mls.loadPendingJoin(yara.device, new Map(yara.records));
    expect(again).toMatchObject({ follows: 1, resync: false, signer: join.signer });
    expect(again!.frame).toEqual(join.frame);
    await yara.enter(again!);
    expect(yara.records.has("joining")).toBe(false);
    for (const reader of [sara, dara]) await reader.open(join.frame);
    await yara.restart();
    await expectTalking([sara, dara, yara]);
    expect(await yara.mls.loadPendingJoin(yara.device, new Map(yara.records))).toBeUndefined();
    const damaged = new Map([["joining", join.writes[0]!.value!.slice(0, 900)]]);
    expect(await codeOf(yara.mls.loadPendingJoin(yara.device, damaged))).toBe("e2e/bad-record");
  });

  it("G-30 entering twice gives one value: two frames never share a key", async () => {
    const it = world();
    const [sara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara);
    const [one, two] = [await yara.mls.enter(join), await yara.mls.enter(join)];
    await sara.open(join.frame);
    const frames = [await yara.mls.seal(one.group, utf8("a")), await yara.mls.seal(two.group, utf8("b"))];
    const seen: number[] = [];
    for (const { frame } of frames) {
      const incoming = await sara.open(frame);
      seen.push(incoming.kind === "message" ? incoming.generation : -1);
    }
    expect(seen).toEqual([0, 1]);
  });

  it("G-52 a device that lost its state takes its own old leaf out and comes in anew in one commit", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    await commitTo(omid, [sara, dara]);
    const stale = new Map(dara.records);
    const join = await dara.knock(sara, utf8("it is me"));
    expect(join.resync).toBe(true);
    await dara.enter(join);
    for (const reader of [sara, omid]) {
      expect(await reader.open(join.frame)).toMatchObject({
        sender: { credential: dara.device.credential },
        removed: [{ leaf: 1, credential: dara.device.credential }],
        change: { kind: "resync" },
      });
    }
    expect(dara.group.members()).toHaveLength(3);
    await expectTalking([sara, dara, omid]);
    // The state that was thought lost comes back: it is out, and says so.
    const ghost = await it.party();
    const old = await dara.mls.load(dara.device, stale);
    const { incoming, group } = await dara.mls.open(old, join.frame);
    expect(incoming).toMatchObject({ kind: "commit", left: true });
    expect(await codeOf(ghost.mls.seal(group, utf8("x")))).toBe("e2e/not-a-member");
  });

  it("G-52 the only member of a group cannot come back by itself: nobody is there whom its commit could reach", async () => {
    const sara = await (await world().party()).create();
    const given = await sara.mls.groupInfo(sara.group);
    expect(await codeOf(sara.mls.joinExternal(sara.device, given, NOTHING))).toBe("e2e/bad-group-info");
  });
}

export function describeDoor(world: () => World): void {
  it("G-53 where the rules of the group say no, nobody comes in, and the group goes on", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    it.allow = ({ kind }) => kind === "commit";
    expect(await codeOf(yara.knock(sara))).toBe("e2e/not-allowed");
    it.allow = () => true;
    const join = await yara.knock(sara);
    it.allow = ({ kind, by, proof }) =>
      kind !== "join" ||
      (equalBytes(proof, utf8("invite")) && !equalBytes(by.credential.device, sara.device.credential.device));
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(join.frame))).toBe("e2e/not-allowed");
    await expectTalking([sara, dara]);
    await admitted(await it.party(), [sara, dara], sara, utf8("invite"));
  });

  it("G-57 a hook that fails refuses a joining commit, which can be taken later", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara);
    it.allow = () => {
      throw new RangeError("a client's own fault");
    };
    await expect(dara.open(join.frame)).rejects.toThrow("a client's own fault");
    await expect((await it.party()).knock(sara)).rejects.toThrow("a client's own fault");
    it.allow = () => true;
    await yara.enter(join);
    for (const reader of [sara, dara]) await reader.open(join.frame);
    await expectTalking([sara, dara, yara]);
  });

  it("G-53 without a policy members change the group and nobody joins from outside", async () => {
    const it = world();
    const [sara, dara] = await it.group(2, ({ crypto, authenticate, nowMs }) =>
      tsMls({ crypto, authenticate, nowMs, suite: it.suite }),
    );
    const join = await (await it.party()).knock(sara);
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(join.frame))).toBe("e2e/not-allowed");
    await commitTo(dara, [sara]);
    await expectTalking([sara, dara]);
  });

  it("G-53 a removed member that still has the epoch's GroupInfo does not get back in without a right", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    const stolen = await omid.mls.groupInfo(omid.group);
    await commitTo(sara, [dara, omid], { remove: [2] });
    omid.records.clear();
    const late = await omid.mls.joinExternal(omid.device, stolen, NOTHING);
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(late.frame))).toBe("e2e/stale-epoch");
    const banned = new Set([omid.device.credential.device.join()]);
    it.allow = ({ kind, by }) => kind === "commit" || !banned.has(by.credential.device.join());
    const given = await sara.mls.groupInfo(sara.group);
    expect(await codeOf(omid.mls.joinExternal(omid.device, given, NOTHING))).toBe("e2e/not-allowed");
    const frame = await forgeExternal(it.crypto, it.suite, omid.device, given, {});
    for (const reader of [sara, dara]) expect(await codeOf(reader.open(frame))).toBe("e2e/not-allowed");
    await expectTalking([sara, dara]);
  });

  it("G-54 a station sees of a joining commit what it sees of any commit: no name, no key, the same header, a bucket", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const yara = await it.party();
    const join = await yara.knock(sara, utf8("a proof to hide"));
    const ordinary = await dara.pend({});
    const head = 5 + sara.group.groupId.byteLength + 8 + 1 + 1 + 1;
    expect(join.frame.subarray(0, head)).toEqual(ordinary.frame.subarray(0, head));
    expect(SIZES).toContain(join.frame.byteLength);
    const { credential } = yara.device;
    for (const needle of [credential.identity, credential.device, utf8("a proof to hide")])
      expect(join.frame.some((_, at) => equalBytes(join.frame.subarray(at, at + needle.byteLength), needle))).toBe(
        false,
      );
  });

  it("G-54 a GroupInfo travels sealed: padded, different each time, opened by its key alone, refused when changed", async () => {
    const it = world();
    const [sara] = await it.group(2);
    const key = it.crypto.random(32);
    const groupInfo = await sara.mls.groupInfo(sara.group);
    const envelope = await sealGroupInfo(it.crypto, key, groupInfo, utf8("extra"));
    expect(SIZES).toContain(envelope.byteLength);
    expect(await openGroupInfo(it.crypto, key, envelope)).toEqual({ groupInfo, extra: utf8("extra") });
    const again = await sealGroupInfo(it.crypto, key, groupInfo, utf8("extra"));
    expect(again.subarray(0, 64)).not.toEqual(envelope.subarray(0, 64));
    const { credential } = sara.device;
    expect(envelope.some((_, at) => equalBytes(envelope.subarray(at, at + 32), credential.device))).toBe(false);
    const wrong = it.crypto.random(32);
    const changed = envelope.slice();
    changed[40]! ^= 1;
    for (const [with_, bytes] of [
      [wrong, envelope],
      [key, changed],
      [key, envelope.subarray(1)],
      [key, NOTHING],
      [key, it.crypto.random(8192)],
    ] as const)
      expect(await codeOf(openGroupInfo(it.crypto, with_, bytes))).toBe("e2e/bad-group-info");
  });
}
