import { describe, expect, it } from "vitest";
import { equalBytes, toHex } from "../bytes/index.ts";
import { deviceId } from "../ids.ts";
import { MAX_OP_BYTES, MAX_OPS } from "../limits.ts";
import {
  deviceEntry,
  nth,
  TEST_CHAIN_PORTS as PORTS,
  TestChain,
  testDevice,
  testHome,
  testKey,
} from "../testing/op-chains.ts";
import { chainBytes, extendChain, foldChain, liveDevice } from "./chain.ts";
import { compareChains, isPrefix, replacementFault } from "./compare.ts";
import { inboxGenesis } from "./inbox.ts";
import { MAX_LIVE_DEVICES, OPS_KEPT_FOR_RANK_0 } from "./limits.ts";
import type { IdentityState } from "./state.ts";

async function folded(ops: readonly Uint8Array[]): Promise<IdentityState> {
  const result = await foldChain(ops, PORTS);
  if (!result.ok) throw new Error(`${result.code} at op ${result.opIndex}`);
  return result.value;
}

async function refusal(ops: readonly Uint8Array[]): Promise<string> {
  const result = await foldChain(ops, PORTS);
  return result.ok ? "ok" : `${result.code} ${result.opIndex}`;
}

const ids = (list: readonly { readonly device: Uint8Array }[]): string[] => list.map((entry) => toHex(entry.device));

describe("an honest chain", () => {
  it("I-1 I-2 names the identity by its genesis and says keys, device and home", async () => {
    const chain = new TestChain("sara", { ranks: 3, home: testHome("teheran") });
    const state = await folded(chain.ops);
    expect(state.identity).toHaveLength(20);
    expect(toHex(state.identity)).toBe(toHex(state.headHash).slice(0, 40));
    expect(state.rotationKeys.map(toHex)).toEqual(chain.rotation.map((key) => toHex(key.publicKey)));
    expect(state.home).toEqual(testHome("teheran"));
    expect(ids(state.devices)).toEqual([toHex(testDevice("sara").device.publicKey)]);
    expect({ seq: state.seq, closed: state.closed, anchors: state.anchors }).toEqual({
      seq: 0,
      closed: false,
      anchors: [],
    });
  });

  it("I-5 folds adds, revocations, homes and anchors in order", async () => {
    const chain = new TestChain("sara").addDevice("phone").addDevice("laptop").revokeDevice("phone");
    chain.push({ kind: "set-home", home: testHome("berlin", "DE") });
    chain.push({ kind: "set-anchors", anchors: [testHome("one"), testHome("two")] });
    const state = await folded(chain.ops);
    expect(ids(state.devices)).toEqual(["sara", "laptop"].map((label) => toHex(testDevice(label).device.publicKey)));
    expect(state.revoked.map((entry) => [toHex(entry.device), entry.addedSeq, entry.revokedSeq])).toEqual([
      [toHex(testDevice("phone").device.publicKey), 1, 3],
    ]);
    expect(state.home.region).toBe("DE");
    expect(state.anchors).toHaveLength(2);
    expect(liveDevice(state, testDevice("laptop").device.publicKey)?.addedSeq).toBe(2);
    expect(liveDevice(state, testDevice("phone").device.publicKey)).toBeUndefined();
  });

  it("I-4 extends a checked state as if it had been folded at once, and keeps the old state", async () => {
    const chain = new TestChain("sara").addDevice("phone");
    const before = await folded(chain.ops);
    chain.revokeDevice("phone").push({ kind: "set-home", home: testHome("berlin", "DE") });
    const after = await extendChain(before, chain.ops.slice(2), PORTS);
    expect(after).toEqual({ ok: true, value: await folded(chain.ops) });
    expect(before.seq).toBe(1);
    expect(await extendChain(before, [], PORTS)).toEqual({ ok: true, value: before });
    expect(chainBytes(before).map(toHex)).toEqual(chain.ops.slice(0, 2).map(toHex));
  });

  it("I-12 gives an inbox genesis that the chain alone determines", async () => {
    const state = await folded(new TestChain("sara").ops);
    const device = nth(state.devices, 0);
    const genesis = inboxGenesis(device, PORTS.sha256);
    expect(genesis.nonce).toEqual(PORTS.sha256(device.device).slice(0, 20));
    expect(genesis).toMatchObject({ kind: "genesis", log: "inbox", readKey: device.inboxReadKey });
    expect(equalBytes(genesis.writeKey, new Uint8Array(32))).toBe(true);
  });

  it("keeps its own copy of the bytes it was folded from", async () => {
    const chain = new TestChain("sara");
    const given = chain.ops.map((op) => op.slice());
    const state = await folded(given);
    const before = toHex(nth(state.rotationKeys, 0));
    nth(given, 0).fill(0);
    expect(toHex(nth(state.rotationKeys, 0))).toBe(before);
  });
});

describe("place in the chain", () => {
  it("I-1 refuses an empty chain and a chain of another identity", async () => {
    expect(await refusal([])).toBe("identity/empty-chain 0");
    const sara = new TestChain("sara");
    const dara = new TestChain("dara");
    expect(await foldChain(sara.ops, PORTS, dara.identity)).toMatchObject({
      ok: false,
      code: "identity/wrong-identity",
    });
    expect(await foldChain(sara.ops, PORTS, sara.identity)).toMatchObject({ ok: true });
    expect(await foldChain(sara.ops, PORTS, new Uint8Array(3))).toMatchObject({ code: "identity/wrong-identity" });
  });

  it("I-2 refuses a forged genesis: another's keys, a lower rank, a wrong start", async () => {
    const sara = new TestChain("sara");
    const genesis = nth((await folded(sara.ops)).ops, 0).op.body;
    const forge = (tampering: Parameters<TestChain["make"]>[1]): Uint8Array =>
      new TestChain("sara").make(genesis, { seq: 0, prev: new Uint8Array(32), rank: 0, ...tampering });
    expect(await refusal([forge({})])).toBe("ok");
    expect(await refusal([forge({ signer: testKey("mallory") })])).toBe("identity/bad-signature 0");
    expect(await refusal([forge({ rank: 1 })])).toBe("identity/bad-genesis 0");
    expect(await refusal([forge({ seq: 1 })])).toBe("identity/bad-genesis 0");
    expect(await refusal([forge({ prev: new Uint8Array(32).fill(1) })])).toBe("identity/bad-genesis 0");
    expect(await refusal([nth(new TestChain("sara").addDevice("phone").ops, 1)])).toBe("identity/bad-genesis 0");
  });

  it("I-4 refuses a second genesis, a jump, a repeat and a wrong predecessor", async () => {
    const sara = new TestChain("sara");
    expect(await refusal([...sara.ops, ...sara.ops])).toBe("identity/bad-genesis 1");
    const home = { kind: "set-home", home: testHome("berlin") } as const;
    expect(await refusal([...sara.ops, sara.make(home, { seq: 2 })])).toBe("identity/wrong-seq 1");
    expect(await refusal([...sara.ops, sara.make(home, { seq: 0 })])).toBe("identity/wrong-seq 1");
    expect(await refusal([...sara.ops, sara.make(home, { prev: new Uint8Array(32) })])).toBe("identity/wrong-prev 1");
    const other = new TestChain("dara").push(home);
    expect(await refusal([...sara.ops, nth(other.ops, 1)])).toBe("identity/wrong-prev 1");
    const dropped = new TestChain("sara").addDevice("phone").addDevice("laptop");
    expect(await refusal([nth(dropped.ops, 0), nth(dropped.ops, 2)])).toBe("identity/wrong-seq 1");
  });

  it("I-9 refuses everything after a tombstone", async () => {
    const chain = new TestChain("sara").push({ kind: "tombstone" }, { rank: 0 });
    const state = await folded(chain.ops);
    expect(state.closed).toBe(true);
    expect(liveDevice(state, testDevice("sara").device.publicKey)).toBeUndefined();
    expect(await refusal(chain.addDevice("phone", { rank: 0 }).ops)).toBe("identity/closed 2");
  });
});

describe("who may sign", () => {
  it("I-3 refuses an op signed by a device, by a stranger, or by the key of another rank", async () => {
    const chain = new TestChain("sara", { ranks: 3 }).addDevice("phone").revokeDevice("phone");
    const home = { kind: "set-home", home: testHome("evil") } as const;
    for (const signer of [
      testDevice("phone").device,
      testDevice("sara").device,
      testKey("mallory"),
      nth(chain.rotation, 2),
    ])
      expect(await refusal([...chain.ops, chain.make(home, { signer })])).toBe("identity/bad-signature 3");
    expect(await refusal([...chain.ops, chain.make(home, { rank: 3 })])).toBe("identity/unknown-signer 3");
    expect(await refusal([...chain.ops, chain.make(home, { rank: 255 })])).toBe("identity/unknown-signer 3");
    for (const rank of [0, 1, 2]) expect(await refusal([...chain.ops, chain.make(home, { rank })])).toBe("ok");
  });

  it("I-3 refuses an op with any bit changed", async () => {
    const chain = new TestChain("sara").addDevice("phone");
    const good = nth(chain.ops, 1);
    for (let at = 0; at < good.length; at += 7) {
      const bad = good.slice();
      bad[at] = nth(bad, at) ^ (1 << (at % 8));
      expect(await refusal([nth(chain.ops, 0), bad])).not.toBe("ok");
    }
  });

  it("I-6 lets a rank replace itself and lower ranks, and refuses its old key afterwards", async () => {
    const chain = new TestChain("sara", { ranks: 3 });
    const old = chain.rotation;
    const next = [nth(old, 0), testKey("new one"), testKey("new two")];
    chain.push({ kind: "rotate", rotationKeys: next.map((key) => key.publicKey) }, { rank: 1 });
    chain.rotation = next;
    const home = { kind: "set-home", home: testHome("berlin") } as const;
    expect(await refusal([...chain.ops, chain.make(home, { rank: 1, signer: nth(old, 1) })])).toBe(
      "identity/bad-signature 2",
    );
    expect(await refusal([...chain.ops, chain.make(home, { rank: 2, signer: nth(old, 2) })])).toBe(
      "identity/bad-signature 2",
    );
    expect(await refusal([...chain.ops, chain.make(home, { rank: 1 })])).toBe("ok");
    const state = await folded(chain.ops);
    expect(state.rotationKeys.map(toHex)).toEqual(next.map((key) => toHex(key.publicKey)));
  });

  it("I-6 refuses a rotation that touches a higher rank", async () => {
    const chain = new TestChain("sara", { ranks: 3 });
    const [zero, one, two] = chain.rotation.map((key) => key.publicKey) as [Uint8Array, Uint8Array, Uint8Array];
    const fresh = testKey("fresh").publicKey;
    const rotate = (rank: number, ...rotationKeys: Uint8Array[]): Promise<string> =>
      refusal([...chain.ops, chain.make({ kind: "rotate", rotationKeys }, { rank })]);
    expect(await rotate(1, fresh, one, two)).toBe("identity/not-allowed 1");
    expect(await rotate(2, zero, fresh, two)).toBe("identity/not-allowed 1");
    expect(await rotate(2, zero)).toBe("identity/not-allowed 1");
    expect(await rotate(1, one, zero)).toBe("identity/not-allowed 1");
    expect(await rotate(0, fresh)).toBe("ok");
    expect(await rotate(2, zero, one, fresh)).toBe("ok");
    expect(await rotate(2, zero, one)).toBe("ok");
  });

  it("I-9 lets only rank 0 end a chain", async () => {
    const chain = new TestChain("sara");
    expect(await refusal(chain.push({ kind: "tombstone" }).ops)).toBe("identity/not-allowed 1");
  });
});

describe("devices and keys", () => {
  it("I-8 refuses a device that is listed, one that was revoked, and the revocation of one that is not live", async () => {
    const chain = new TestChain("sara").addDevice("phone");
    expect(await refusal(new TestChain("sara").addDevice("phone").addDevice("phone").ops)).toBe(
      "identity/duplicate-device 2",
    );
    expect(await refusal(new TestChain("sara").addDevice("sara").ops)).toBe("identity/duplicate-device 1");
    chain.revokeDevice("phone");
    expect(await refusal([...chain.ops, ...new TestChain("x").ops])).toBe("identity/bad-genesis 3");
    expect(await refusal(new TestChain("sara").revokeDevice("phone").ops)).toBe("identity/unknown-device 1");
    expect(await refusal(chain.revokeDevice("phone").ops)).toBe("identity/unknown-device 3");
    const again = new TestChain("sara").addDevice("phone").revokeDevice("phone").addDevice("phone");
    expect(await refusal(again.ops)).toBe("identity/duplicate-device 3");
  });

  it("I-8 refuses a device that did not agree: another's proof, another identity's, another inbox key", async () => {
    const chain = new TestChain("sara");
    const honest = deviceEntry(chain.identity, testDevice("phone"));
    const elsewhere = deviceEntry(new TestChain("dara").identity, testDevice("phone"));
    const add = (device: typeof honest): Promise<string> =>
      refusal([...chain.ops, chain.make({ kind: "device-add", device })]);
    expect(await add(honest)).toBe("ok");
    expect(await add(elsewhere)).toBe("identity/bad-device-proof 1");
    expect(await add({ ...honest, inboxReadKey: testKey("mallory").publicKey })).toBe("identity/bad-device-proof 1");
    expect(await add({ ...honest, device: deviceId(testKey("victim").publicKey) })).toBe("identity/bad-device-proof 1");
  });

  it("I-7 refuses a key with two uses and a key that returns", async () => {
    const chain = new TestChain("sara", { ranks: 3 });
    const [zero, one, two] = chain.rotation.map((key) => key.publicKey) as [Uint8Array, Uint8Array, Uint8Array];
    const device = testDevice("sara").device.publicKey;
    const rotate = (...rotationKeys: Uint8Array[]): Promise<string> =>
      refusal([...chain.ops, chain.make({ kind: "rotate", rotationKeys }, { rank: 0 })]);
    expect(await rotate(zero, one, one)).toBe("identity/key-reuse 1");
    expect(await rotate(zero, device)).toBe("identity/key-reuse 1");
    expect(await rotate(zero, two, one)).toBe("ok");
    chain.push({ kind: "rotate", rotationKeys: [zero, one] }, { rank: 0 });
    expect(await refusal([...chain.ops, chain.make({ kind: "rotate", rotationKeys: [zero, two] }, { rank: 0 })])).toBe(
      "identity/key-reuse 2",
    );
    const shared = { device: testKey("phone"), inboxRead: nth(chain.rotation, 1) };
    expect(
      await refusal([...chain.ops, chain.make({ kind: "device-add", device: deviceEntry(chain.identity, shared) })]),
    ).toBe("identity/key-reuse 2");
  });

  it("I-8 refuses a device above the limit", async () => {
    const chain = new TestChain("sara");
    for (let i = 1; i < MAX_LIVE_DEVICES; i++) chain.addDevice(`device ${i}`);
    expect((await folded(chain.ops)).devices).toHaveLength(MAX_LIVE_DEVICES);
    expect(await refusal(chain.addDevice("one too many").ops)).toBe(`identity/too-many-devices ${MAX_LIVE_DEVICES}`);
  });
});

describe("bounds", () => {
  const home = { kind: "set-home", home: testHome("berlin") } as const;

  it("I-11 keeps the last ops for rank 0 and ends there", async () => {
    const chain = new TestChain("sara");
    while (chain.ops.length < MAX_OPS - OPS_KEPT_FOR_RANK_0) chain.push(home);
    const state = await folded(chain.ops);
    const refused = await extendChain(state, [chain.make(home)], PORTS);
    expect(refused).toMatchObject({ ok: false, code: "identity/too-many-ops", opIndex: 0 });
    const from = chain.ops.length;
    while (chain.ops.length < MAX_OPS) chain.push(home, { rank: 0 });
    const full = await extendChain(state, chain.ops.slice(from), PORTS);
    expect(full).toMatchObject({ ok: true, value: { seq: MAX_OPS - 1 } });
    if (!full.ok) return;
    expect(await extendChain(full.value, [chain.make(home, { rank: 0 })], PORTS)).toMatchObject({
      code: "identity/too-many-ops",
    });
  });

  it("I-11 refuses an oversized op before reading it and a chain of too many bytes", async () => {
    const chain = new TestChain("sara");
    expect(await refusal([...chain.ops, new Uint8Array(MAX_OP_BYTES + 1)])).toBe("identity/too-large 1");
    expect(await refusal([new Uint8Array(MAX_OP_BYTES + 1)])).toBe("identity/too-large 0");
    const urls = Array.from({ length: 4 }, (_, i) => `https://${"x".repeat(240)}${i}.example`.slice(0, 256));
    const wide = { station: { key: testHome("wide").station.key, urls }, region: "DE" };
    while (chain.ops.length < 60) chain.push({ kind: "set-home", home: wide });
    expect(await refusal(chain.ops)).toMatch(/^identity\/too-large 4\d$/);
  });
});

describe("two chains of one identity", () => {
  it("I-10 tells the same, an older, a newer and a forked chain apart", async () => {
    const chain = new TestChain("sara").addDevice("phone");
    const held = await folded(chain.ops);
    const older = await folded(chain.ops.slice(0, 1));
    const newer = await folded(chain.addDevice("laptop").ops);
    const forked = await folded(new TestChain("sara").addDevice("mallory").ops);
    const longFork = await folded(new TestChain("sara").addDevice("mallory").addDevice("laptop").ops);
    expect([held, older, newer, forked, longFork].map((served) => compareChains(held, served))).toEqual([
      "same",
      "behind",
      "ahead",
      "forked",
      "forked",
    ]);
    expect([held, older, newer, forked].map((served) => replacementFault(held, served))).toEqual([
      undefined,
      "identity/stale-ops",
      undefined,
      "identity/forked",
    ]);
    expect([isPrefix(older, held), isPrefix(held, older), isPrefix(held, forked)]).toEqual([true, false, false]);
    const stranger = await folded(new TestChain("dara").ops);
    expect(compareChains(held, stranger)).toBe("forked");
  });
});
