/*
 * The probes: attacks that some MLS library in the field fell to, each a test that any implementation behind the port
 * must pass (protocol/4-groups.md §3).
 */
import { utf8 } from "@chapar/wire/bytes";
import { expect, it, vi } from "vitest";

import { tsMls } from "../mls/ts-mls/ts-mls.ts";
import { addAll, codeOf, commitTo, makeDevice, type Party, type World } from "./mls-party.ts";
import { forgeCommit, forgeKeyPackage, forgeProposal, memberKeyOf } from "./ts-mls-forge.ts";

const DAY_MS = 86_400_000;

async function expectTalking(a: Party, b: Party): Promise<void> {
  expect(await b.read(await a.seal("still"))).toBe("still");
  expect(await a.read(await b.seal("here"))).toBe("here");
}

/** A group whose second member is ts-mls, whatever is under test: the one who attacks. */
async function withAttacker(world: World): Promise<[Party, Party, Party]> {
  const [sara, dara] = await world.group(2);
  const mallory = await world.party((parts) => tsMls({ ...parts, suite: world.suite }));
  const commit = await addAll(sara, [{ party: mallory, keyPackage: await mallory.mls.keyPackage(mallory.device) }]);
  await dara.open(commit);
  return [sara, dara, mallory];
}

export function describeMembershipProbes(world: () => World): void {
  it("G-11 a removed member reads nothing of the next epoch: a single Remove carries a path", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    const before = new Map(omid.records);
    const pending = await commitTo(sara, [dara], { remove: [omid.group.ownLeaf] });
    const secret = await sara.seal("not for omid");
    const bystander = await new RestartedParty(omid, before).value();
    expect(["e2e/future-epoch", "e2e/bad-tag"]).toContain(await codeOf(bystander.open(secret)));
    expect(await bystander.open(pending.frame)).toMatchObject({ left: true });
    for (const frame of [secret, await dara.seal("nor this")])
      expect(await codeOf(bystander.open(frame))).toBe("e2e/not-a-member");
    expect(await codeOf(bystander.mls.exportSecret(bystander.group, "x", new Uint8Array(0), 32))).toBe(
      "e2e/not-a-member",
    );
    expect([...bystander.records.keys()]).toEqual(["epoch"]);
    expect(await codeOf((await bystander.restart()).seal("x"))).toBe("e2e/not-a-member");
    expect(await dara.read(secret)).toBe("not for omid");
    await expectTalking(sara, dara);
  });

  it("G-5 a key package that reuses a member's HPKE key is refused by the committer, and the group stays usable", async () => {
    const it = world();
    const [sara, dara] = await it.group(2, (parts) => tsMls({ ...parts, suite: it.suite }));
    const device = await makeDevice(it.crypto);
    for (const leaf of [0, 1]) {
      const forged = await forgeKeyPackage(it.crypto, device, {
        suite: it.suite,
        hpkePublicKey: memberKeyOf(sara.group, leaf),
      });
      const init = await forgeKeyPackage(it.crypto, device, {
        suite: it.suite,
        initKey: memberKeyOf(sara.group, leaf),
      });
      expect(await codeOf(sara.pend({ add: [forged] }))).toBe("e2e/duplicate-key");
      expect(await codeOf(sara.pend({ add: [init] }))).toBe("e2e/duplicate-key");
    }
    await expectTalking(sara, dara);
    await commitTo(dara, [sara]);
  });

  it("G-5 a commit that adds such a key package is refused by every reader, and the group stays usable", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAttacker(it);
    const device = await makeDevice(it.crypto);
    const forged = await forgeKeyPackage(it.crypto, device, {
      suite: it.suite,
      hpkePublicKey: memberKeyOf(mallory.group, 0),
    });
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, { add: [forged] });
    for (const reader of [sara, dara]) {
      expect(await codeOf(reader.open(frame))).toBe("e2e/duplicate-key");
      expect(reader.group.members()).toHaveLength(3);
    }
    await expectTalking(sara, dara);
    const newcomer = await it.party();
    const commit = await addAll(sara, [
      { party: newcomer, keyPackage: await newcomer.mls.keyPackage(newcomer.device) },
    ]);
    await dara.open(commit);
    await expectTalking(dara, newcomer);
  });

  it("G-5 two new members with one key, and a device that is in the group, are refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const twin = await it.party();
    const [one, two] = [await twin.mls.keyPackage(twin.device), await twin.mls.keyPackage(twin.device)];
    expect(await codeOf(sara.pend({ add: [one.publicBytes, two.publicBytes] }))).toBe("e2e/duplicate-key");
    const again = await dara.mls.keyPackage(dara.device);
    expect(await codeOf(sara.pend({ add: [again.publicBytes] }))).toBe("e2e/duplicate-key");
    const replaced = await sara.pend({ add: [again.publicBytes], remove: [1] });
    await sara.merge(replaced);
    await dara.join(again, replaced);
    await expectTalking(sara, dara);
  });

  it("G-6 an expired, a not yet valid and an endless key package are refused, by inspection, committer and reader", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAttacker(it);
    const device = await makeDevice(it.crypto);
    const forge = (notBeforeMs: number, notAfterMs: number): Promise<Uint8Array> =>
      forgeKeyPackage(it.crypto, device, { suite: it.suite, notBeforeMs, notAfterMs });
    const [now, expired] = [it.nowMs, "e2e/expired-key-package"];
    for (const bytes of [await forge(now - 9 * DAY_MS, now - DAY_MS), await forge(now + DAY_MS, now + 2 * DAY_MS)]) {
      expect(await codeOf(sara.mls.inspect(bytes))).toBe(expired);
      expect(await codeOf(sara.pend({ add: [bytes] }))).toBe(expired);
    }
    expect(await codeOf(sara.pend({ add: [await forge(0, now + 1e6 * DAY_MS)] }))).toBe("e2e/bad-key-package");
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, {
      add: [await forge(now - DAY_MS, now + DAY_MS)],
    });
    it.nowMs += 3 * DAY_MS;
    expect(await codeOf(dara.open(frame))).toBe(expired);
    await expectTalking(sara, dara);
  });

  it("G-6 a member whose key package ran out long ago does not keep others from joining", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    // the library under test may read the host's clock too
    vi.useFakeTimers({ toFake: ["Date"], now: it.nowMs + 200 * DAY_MS });
    try {
      it.nowMs += 200 * DAY_MS;
      const late = await it.party();
      const commit = await addAll(sara, [{ party: late, keyPackage: await late.mls.keyPackage(late.device) }]);
      await dara.open(commit);
      await expectTalking(dara, late);
    } finally {
      vi.useRealTimers();
    }
  });

  it("G-4 a key package of another suite, with a foreign credential or without our extension is refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const [device, other] = [await makeDevice(it.crypto), await makeDevice(it.crypto)];
    const wrongSuite = await forgeKeyPackage(it.crypto, device, { suite: it.suite === "x-wing" ? "x25519" : "x-wing" });
    const foreign = await forgeKeyPackage(it.crypto, device, { suite: it.suite, credential: other.credential });
    const incapable = await forgeKeyPackage(it.crypto, device, { suite: it.suite, extensions: [] });
    for (const check of [(b: Uint8Array) => sara.mls.inspect(b), (b: Uint8Array) => sara.pend({ add: [b] })]) {
      expect(await codeOf(check(wrongSuite))).toBe("e2e/bad-key-package");
      expect(await codeOf(check(foreign))).toBe("e2e/bad-credential");
      expect(await codeOf(check(incapable))).toBe("e2e/bad-key-package");
    }
    await expectTalking(sara, dara);
  });

  it("G-3 a device that is not in its op chain is refused by committer, reader and joiner", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAttacker(it);
    const ghost = await it.party();
    const keyPackage = await ghost.mls.keyPackage(ghost.device);
    it.revoked.add(ghost.device.credential.device.join());
    expect(await codeOf(sara.pend({ add: [keyPackage.publicBytes] }))).toBe("e2e/bad-credential");
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, { add: [keyPackage.publicBytes] });
    expect(await codeOf(dara.open(frame))).toBe("e2e/bad-credential");
    await expectTalking(sara, dara);
    const joiner = await it.party();
    const joinerPackage = await joiner.mls.keyPackage(joiner.device);
    const pending = await sara.pend({ add: [joinerPackage.publicBytes] });
    it.revoked.add(dara.device.credential.device.join());
    expect(await codeOf(joiner.join(joinerPackage, pending))).toBe("e2e/bad-credential");
  });

  it("G-3 the credential check sees the context as it will be", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const seen = async (act: () => Promise<unknown>): Promise<Uint8Array[]> => {
      it.contexts.length = 0;
      await act();
      return it.contexts.splice(0);
    };
    const context = utf8("next");
    const pending = await sara.pend({ add: [keyPackage.publicBytes], context });
    await sara.merge(pending);
    for (const contexts of [
      await seen(async () => dara.open(pending.frame)),
      await seen(async () => joiner.join(keyPackage, pending)),
    ]) {
      expect(contexts.length).toBeGreaterThan(0);
      for (const shown of contexts) expect(shown).toEqual(context);
    }
  });

  it("G-8 a committer cannot turn its leaf into another device, even one it holds the key of", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAttacker(it);
    const other = await makeDevice(it.crypto, mallory.device.credential.identity);
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, { becomes: other });
    for (const reader of [sara, dara])
      expect(["e2e/bad-credential", "e2e/bad-commit"]).toContain(await codeOf(reader.open(frame)));
    await expectTalking(sara, dara);
  });

  it("G-7 proposals of other kinds, foreign context extensions and stand-alone proposals are refused", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAttacker(it);
    const data = utf8("x");
    const forgeries = [
      {
        extensions: [
          { type: 0xf0c1, data },
          { type: 0xf0c1, data },
        ],
      },
      { extensions: [] },
      { extensions: [{ type: 0xf0c2, data }] },
    ];
    for (const forgery of forgeries) {
      const frame = await forgeCommit(it.crypto, mallory.group, it.suite, forgery);
      expect(await codeOf(dara.open(frame))).toBe("e2e/bad-commit");
    }
    expect(await codeOf(dara.open(await forgeProposal(it.crypto, mallory.group, it.suite, 0)))).toBe("e2e/bad-frame");
    await expectTalking(sara, dara);
  });

  it("G-9 removing nobody, oneself or twice is refused", async () => {
    const [sara, dara] = await world().group(2);
    for (const leaf of [0, 2, 7, 1_000_000])
      expect(await codeOf(sara.pend({ remove: [leaf] }))).toBe("e2e/not-a-member");
    await commitTo(sara, [], { remove: [1, 1] });
    expect(sara.group.members()).toHaveLength(1);
    expect(dara.group.members()).toHaveLength(2);
  });
}

/** A party as it was at some moment: its records, and a value loaded from them. */
class RestartedParty {
  readonly #party: Party;
  readonly #records: ReadonlyMap<string, Uint8Array>;

  constructor(party: Party, records: ReadonlyMap<string, Uint8Array>) {
    this.#party = party;
    this.#records = records;
  }

  async value(): Promise<Party> {
    this.#party.records.clear();
    for (const [key, value] of this.#records) this.#party.records.set(key, value);
    return this.#party.restart();
  }
}

export function describeSecrecyProbes(world: () => World): void {
  it("G-12 a skipped message, then the theft of value and records: deleted messages stay unreadable", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const frames: Uint8Array[] = [];
    for (let i = 0; i < 7; i++) frames.push(await sara.seal(`message ${i}`));
    for (const at of [0, 1, 2, 3, 4, 6]) expect(await dara.read(frames[at]!)).toBe(`message ${at}`);
    for (const frame of frames) expect(await codeOf(dara.open(frame))).toBe("e2e/replayed");
    const stolen = await dara.restart();
    for (const frame of frames) expect(await codeOf(stolen.open(frame))).toBe("e2e/replayed");
    expect(await dara.read(await sara.seal("next"))).toBe("next");
  });

  it("G-12 records after a message hold no secret from which its key can be derived", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const secretsBefore = new Map([...dara.records].filter(([key]) => key !== "epoch"));
    const frame = await sara.seal("deleted");
    await dara.open(frame);
    // a thief who has the records of now, and what they lack of before must be lacking for good
    const gone = [...secretsBefore].filter(([key, value]) => dara.records.get(key)?.join() !== value.join());
    expect(gone.length).toBeGreaterThan(0);
    for (const [, value] of gone) {
      for (const now of dara.records.values()) expect(now.join().includes(value.join())).toBe(false);
    }
  });

  it("G-13 messages of the epoch before are read, older ones never again", async () => {
    const [sara, dara] = await world().group(2);
    const [first, second] = [await sara.seal("one"), await sara.seal("two")];
    await commitTo(sara, [dara]);
    expect(await dara.read(first)).toBe("one");
    await commitTo(sara, [dara]);
    expect(await codeOf(dara.open(second))).toBe("e2e/stale-epoch");
    expect([...dara.records.keys()].filter((key) => key.includes("/1/"))).toEqual([]);
  });

  it("G-34 a value that was left behind is refused; one whose transaction failed is good", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const frame = await sara.seal("x");
    const old = dara.group;
    await dara.mls.open(old, frame); // the caller's transaction failed: it keeps `old`
    expect(await dara.read(frame)).toBe("x");
    await dara.seal("gone on");
    expect(await codeOf(dara.mls.seal(old, utf8("y")))).toBe("e2e/stale-group");
    expect(await codeOf(dara.mls.exportSecret(old, "x", new Uint8Array(0), 32))).toBe("e2e/stale-group");
  });

  it("G-30 two frames from one value never share a key", async () => {
    const [sara, dara] = await world().group(2);
    const value = sara.group;
    const steps = [await sara.mls.seal(value, utf8("a")), await sara.mls.seal(value, utf8("b"))];
    const together = await Promise.all([sara.mls.seal(value, utf8("c")), sara.mls.seal(value, utf8("d"))]);
    const generations: number[] = [];
    for (const { frame } of [...steps, ...together]) {
      const incoming = await dara.open(frame);
      generations.push(incoming.kind === "message" ? incoming.generation : -1);
    }
    expect(generations).toEqual([0, 1, 2, 3]);
  });

  it("G-14 a reader ratchets over 1,000 missing messages and refuses to go further", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const frames: Uint8Array[] = [];
    for (let i = 0; i < 1003; i++) frames.push(await sara.seal("x"));
    expect(await codeOf(dara.open(frames[1001]!))).toBe("e2e/too-far");
    expect(await dara.read(frames[1000]!)).toBe("x");
    expect(await dara.read(frames[1001]!)).toBe("x");
  });
}
