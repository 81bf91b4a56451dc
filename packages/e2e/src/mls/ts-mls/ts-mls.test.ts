/* What only a look inside can show: which secrets a value and its records still hold, and how large trees are stored. */
import { ByteReader, utf8 } from "@chapar/wire/bytes";
import type { RatchetTree } from "ts-mls";
import { createSecretTree } from "ts-mls/secretTree.js";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../../node/node-crypto.ts";
import { codeOf, commitTo, World } from "../../testing/mls-party.ts";
import { parseCredential } from "../credential.ts";
import { isBucket } from "../padding.ts";
import { makeEnvironment } from "./environment.ts";
import { ratchetsOf } from "./epochs.ts";
import { paddedContentBytes } from "./frames.ts";
import { inside, Lineage, TsGroup } from "./group.ts";
import { decodeEpoch, encodeEpoch } from "./records.ts";
import { openTree, sealTree } from "./sealed-tree.ts";
import { freshKeys, ratchetChange, ratchetsAt, readTree, unusedTree } from "./secret-tree.ts";
import { tsMls } from "./ts-mls.ts";

const crypto = nodeCrypto();
const newWorld = (): World => new World(crypto, (parts) => tsMls(parts));
const allZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe("epochs", () => {
  it("G-16 a Welcome into an epoch that cannot be counted on from is refused", async () => {
    for (const [epoch, code] of [
      [2n ** 53n - 1n, "e2e/bad-welcome"],
      [2n ** 48n, "e2e/bad-welcome"],
      [2n ** 48n - 2n, "nothing was refused"],
    ] as const) {
      const world = newWorld();
      const mallory = await (await world.party()).create();
      Object.assign(inside(mallory.group).state.groupContext, { epoch });
      const dara = await world.party();
      const keyPackage = await dara.mls.keyPackage(dara.device);
      const pending = await mallory.pend({ add: [keyPackage.publicBytes] });
      expect([epoch, await codeOf(dara.join(keyPackage, pending))]).toEqual([epoch, code]);
    }
  });
});

describe("secrets in memory", () => {
  it("G-12 a value keeps nothing of skipped messages", async () => {
    const [sara, dara] = await newWorld().group(2);
    for (let i = 0; i < 5; i++) await sara.seal("skipped");
    await dara.open(await sara.seal("read"));
    const { application } = ratchetsOf(inside(dara.group).state, 0);
    expect(application.generation).toBe(6);
    expect(Object.keys(application.unusedGenerations)).toEqual([]);
  });

  it("G-34 what a step used up is wiped when the caller has gone on", async () => {
    const [sara, dara] = await newWorld().group(2);
    const old = inside(dara.group);
    const own = ratchetsOf(old.state, 1).application.secret;
    const [above] = [...old.keys.frontier.values()];
    await dara.open(await sara.seal("x"));
    expect(allZero(above!)).toBe(false);
    const first = ratchetsOf(inside(dara.group).state, 0).application.secret;
    await dara.open(await sara.seal("y"));
    expect(allZero(above!)).toBe(true);
    expect(allZero(first)).toBe(false);
    await dara.seal("z");
    expect([allZero(first), allZero(own)]).toEqual([true, false]);
    await dara.seal("last");
    expect(allZero(own)).toBe(true);
  });

  it("G-13 after a commit the former epoch's schedule is wiped, but for what its last messages need", async () => {
    const [sara, dara] = await newWorld().group(2);
    const { keySchedule } = inside(dara.group).state;
    await commitTo(sara, [dara]);
    await dara.seal("gone on");
    const { initSecret, exporterSecret, membershipKey, confirmationKey, senderDataSecret } = keySchedule;
    for (const secret of [initSecret, exporterSecret, membershipKey, confirmationKey])
      expect(allZero(secret)).toBe(true);
    expect(allZero(senderDataSecret)).toBe(false);
    await commitTo(sara, [dara]);
    await dara.seal("gone on again");
    expect(allZero(senderDataSecret)).toBe(true);
  });

  it("G-12 a commit's own key is gone from the former epoch's records", async () => {
    const [sara, dara] = await newWorld().group(2);
    await commitTo(sara, [dara]);
    for (const party of [sara, dara]) {
      const reader = new ByteReader(party.records.get("ratchet/1/0")!);
      expect(reader.u32()).toBe(1);
    }
  });

  it("private keys of blanked nodes are dropped", async () => {
    const [sara, dara, omid, yara] = await newWorld().group(4);
    await commitTo(sara, [dara, omid!, yara!]);
    await commitTo(omid!, [sara, dara, yara!]); // fills the node above the last two leaves, which the removal blanks
    await commitTo(sara, [dara, omid!], { remove: [3] });
    for (const party of [sara, dara, omid!]) {
      const { ratchetTree, privatePath } = inside(party.group).state;
      for (const node of Object.keys(privatePath.privateKeys)) expect(ratchetTree[Number(node)]).toBeDefined();
    }
  });
});

/** One real leaf, many times: the encoders do not mind, and making 5,000 real members would take a minute. */
async function wideTree(leaves: number): Promise<{ tree: RatchetTree; body: ReturnType<typeof inside>["state"] }> {
  const [sara] = await newWorld().group(2);
  const { state } = inside(sara.group);
  const tree: RatchetTree = Array.from({ length: 2 * leaves - 1 }, (_, i) =>
    i % 2 === 0 && i < 10_000 ? state.ratchetTree[0] : undefined,
  );
  return { tree, body: { ...state, ratchetTree: tree } };
}

describe("large trees", () => {
  const env = makeEnvironment({ crypto, authenticate: () => true, nowMs: () => Date.now() });

  it("G-35 a record of 5,000 members encodes and decodes (synthetic: one leaf repeated)", async () => {
    const { body } = await wideTree(8192);
    const decoded = decodeEpoch(encodeEpoch({ left: false, body, past: body.historicalReceiverData.get(0n) }));
    expect(decoded.body.ratchetTree).toHaveLength(16_383);
    expect(decoded.body.ratchetTree[9998]).toEqual(body.ratchetTree[0]);
    expect(decoded.body.ratchetTree[10_000]).toBeUndefined();
    expect(decoded.body.keySchedule).toEqual(body.keySchedule);
  });

  it("G-20 a sealed tree of 4,096 members opens (synthetic), one of more is refused", async () => {
    const key = crypto.random(32);
    const { tree } = await wideTree(4096);
    const sealed = await sealTree(crypto, key, utf8("g"), 7n, tree);
    expect(isBucket(sealed.byteLength)).toBe(true);
    const opened = await openTree(crypto, key, utf8("g"), 7n, sealed);
    expect(opened).toHaveLength(8191);
    expect(await codeOf(openTree(crypto, key, utf8("g"), 8n, sealed))).toBe("e2e/bad-tree");
    const { tree: wider } = await wideTree(8192);
    const tooWide = await sealTree(crypto, key, utf8("g"), 7n, wider);
    expect(await codeOf(openTree(crypto, key, utf8("g"), 7n, tooWide))).toBe("e2e/bad-tree");
  });

  it("G-16 a group of 4,096 members takes nobody more (synthetic)", async () => {
    const world = newWorld();
    const [sara, dara] = await world.group(2);
    const full = inside(sara.group);
    const { tree } = await wideTree(4096);
    const group = new TsGroup({
      state: { ...full.state, ratchetTree: tree },
      keys: full.keys,
      past: undefined,
      context: full.context,
      lineage: new Lineage(),
      parent: undefined,
      residue: [],
      readCredential: parseCredential,
      provisional: false,
      left: false,
    });
    const { publicBytes } = await dara.mls.keyPackage(dara.device);
    expect(await codeOf(sara.mls.commit(group, { add: [publicBytes], remove: [] }))).toBe("e2e/group-full");
  });

  it("G-32 at 4,096 members the first message of a sender writes less than 1 KB", () => {
    const keys = freshKeys(1, 4096, crypto.random(64));
    const tree = unusedTree(4096);
    const own = ratchetsAt(env.kdf, keys, tree, 2777);
    const { writes, keys: after } = ratchetChange(env.kdf, keys, 2777, own);
    expect(writes.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0)).toBeLessThan(1000);
    expect(after.frontier.size).toBe(12);
    const records = new Map(writes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const])));
    const read = readTree(after, records);
    for (const leaf of [0, 1, 2776, 2777, 2778, 4095])
      expect(ratchetsAt(env.kdf, after, read, leaf)).toEqual(ratchetsAt(env.kdf, keys, tree, leaf));
  });

  it("G-12 a leaf's ratchets are those of RFC 9420 §9, as the library derives them for the whole tree", async () => {
    const secret = crypto.random(64);
    const whole = await createSecretTree(16, secret.slice(), env.provider.kdf);
    const keys = freshKeys(1, 16, secret);
    for (let leaf = 0; leaf < 16; leaf++)
      expect(ratchetsAt(env.kdf, keys, unusedTree(16), leaf)).toEqual(whole[2 * leaf]);
  });

  it("G-35 records of a secret tree with a gap, or with a secret that is reached twice, are refused", () => {
    const keys = freshKeys(1, 8, crypto.random(64));
    const own = ratchetsAt(env.kdf, keys, unusedTree(8), 3);
    const { keys: after, writes } = ratchetChange(env.kdf, keys, 3, own);
    const records = new Map(writes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const])));
    const gap = new Map([...after.frontier].slice(1));
    const twice = new Map([...after.frontier, [6, crypto.random(64)] as const, [5, crypto.random(64)] as const]);
    const outside = new Map([...after.frontier, [99, crypto.random(64)] as const]);
    for (const frontier of [gap, twice, outside])
      expect(() => readTree({ ...after, frontier }, records)).toThrow(
        expect.objectContaining({ code: "e2e/bad-record" }),
      );
    expect(() => readTree(after, new Map())).toThrow(expect.objectContaining({ code: "e2e/bad-record" }));
    expect(readTree(after, records)).toHaveLength(15);
  });

  it("G-21 padding fills a bucket exactly for every content length", () => {
    for (let groupIdBytes = 1; groupIdBytes < 64; groupIdBytes += 31) {
      const groupId = new Uint8Array(groupIdBytes);
      for (let length = 0; length < 32_000; length += 37) {
        const padded = paddedContentBytes(env, groupId, length, 32_768);
        const prefix = padded + 16 < 16_384 ? 2 : 4;
        const frame = 43 + 1 + groupIdBytes + prefix + padded + 16;
        expect([512, 2048, 8192, 32_768]).toContain(frame);
        expect(padded).toBeGreaterThanOrEqual(length);
      }
    }
  });
});
