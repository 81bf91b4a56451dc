import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { nth, TEST_CHAIN_PORTS as PORTS, TestChain, testDevice, testHome, testKey } from "../testing/op-chains.ts";
import { foldChain } from "./chain.ts";
import { compareChains, replacementFault } from "./compare.ts";
import { isOverrideLate, OVERRIDE_WINDOW_MS, overridesAfter } from "./override.ts";
import type { IdentityState } from "./state.ts";

const EVIL = { kind: "set-home", home: testHome("evil", "XX") } as const;
const HOUR_MS = 3_600_000;

async function folded(ops: readonly Uint8Array[]): Promise<IdentityState> {
  const result = await foldChain(ops, PORTS);
  if (!result.ok) throw new Error(`${result.code} at op ${result.opIndex}`);
  return result.value;
}

async function refusal(ops: readonly Uint8Array[]): Promise<string> {
  const result = await foldChain(ops, PORTS);
  return result.ok ? "ok" : result.code;
}

const live = ({ devices }: IdentityState): string[] => devices.map(({ device }) => toHex(device));
const device = (label: string): string => toHex(testDevice(label).device.publicKey);

/** Sara with a phone; whoever stole the phone's rank 1 adds a device, revokes hers, moves home and takes the key over. */
function stolen(): TestChain {
  const chain = new TestChain("sara").addDevice("phone").addDevice("thief").revokeDevice("sara").push(EVIL);
  const rotation = [nth(chain.rotation, 0), testKey("thief's rank 1")];
  chain.push({ kind: "rotate", rotationKeys: rotation.map((key) => key.publicKey) });
  chain.rotation = rotation;
  return chain;
}

/** The thief's ops taken back by the recovery words, with a new rank 1. */
function rescued(chain: TestChain, from = 2): TestChain {
  const rotation = [nth(chain.rotation, 0), testKey("rescued rank 1")];
  chain.push({ kind: "override", from, rotationKeys: rotation.map((key) => key.publicKey) }, { rank: 0 });
  chain.rotation = rotation;
  return chain;
}

describe("an override", () => {
  it("I-14 gives back what held before, with new keys, and burns what the thief listed", async () => {
    const before = await folded(new TestChain("sara").addDevice("phone").ops);
    const state = await folded(rescued(stolen()).ops);
    expect(live(state)).toEqual(live(before));
    expect(state.home).toEqual(before.home);
    expect(state.rotationKeys.map(toHex)).toEqual(
      [testKey("sara rank 0"), testKey("rescued rank 1")].map((key) => toHex(key.publicKey)),
    );
    expect(state.revoked.map((gone) => [toHex(gone.device), gone.revokedSeq])).toEqual([[device("thief"), 6]]);
    expect(state.ops.map(({ isVoid }) => isVoid)).toEqual([false, false, true, true, true, true, false]);
    expect(state.seq).toBe(6);
  });

  it("I-14 takes the thief's keys out of force and lets the new ones go on", async () => {
    const chain = rescued(stolen());
    expect(await refusal([...chain.ops, chain.make(EVIL, { signer: testKey("thief's rank 1") })])).toBe(
      "identity/bad-signature",
    );
    expect(await refusal([...chain.ops, chain.make(EVIL, { signer: testKey("sara rank 1") })])).toBe(
      "identity/bad-signature",
    );
    expect(live(await folded(chain.addDevice("laptop").ops))).toContain(device("laptop"));
    expect(await refusal(chain.addDevice("thief").ops)).toBe("identity/duplicate-device");
  });

  it("I-14 is refused from the rank that is to be voided, from below it, for the genesis and for nothing", async () => {
    const override = (from: number): Parameters<TestChain["make"]>[0] => ({
      kind: "override",
      from,
      rotationKeys: [testKey("sara rank 0").publicKey, testKey("x").publicKey],
    });
    const chain = stolen();
    expect(await refusal([...chain.ops, chain.make(override(2), { rank: 1 })])).toBe("identity/not-allowed");
    expect(await refusal([...chain.ops, chain.make(override(0), { rank: 0 })])).toBe("identity/bad-override");
    expect(await refusal([...chain.ops, chain.make(override(6), { rank: 0 })])).toBe("identity/bad-override");
    expect(await refusal([...chain.ops, chain.make(override(2 ** 32 - 1), { rank: 0 })])).toBe("identity/bad-override");
    const high = new TestChain("sara").push(EVIL, { rank: 0 });
    expect(await refusal([...high.ops, high.make(override(1), { rank: 0 })])).toBe("identity/not-allowed");
    expect(await refusal([...chain.ops, chain.make(override(2), { rank: 0, signer: testKey("mallory") })])).toBe(
      "identity/bad-signature",
    );
  });

  it("I-14 brings no key of a voided op back, and replaces no rank above its own", async () => {
    const chain = stolen();
    const zero = testKey("sara rank 0").publicKey;
    const keys = (...rotationKeys: Uint8Array[]): Promise<string> =>
      refusal([...chain.ops, chain.make({ kind: "override", from: 2, rotationKeys }, { rank: 0 })]);
    expect(await keys(zero, testKey("thief's rank 1").publicKey)).toBe("identity/key-reuse");
    expect(await keys(zero, testKey("sara rank 1").publicKey)).toBe("ok");
    const three = new TestChain("sara", { ranks: 3 }).push(EVIL, { rank: 2 });
    const other = { kind: "override", from: 1, rotationKeys: [testKey("y").publicKey] } as const;
    expect(await refusal([...three.ops, three.make(other, { rank: 1 })])).toBe("identity/not-allowed");
  });

  it("I-14 counts again what an override had voided that is voided itself", async () => {
    const chain = new TestChain("sara", { ranks: 3 }).addDevice("phone", { rank: 2 });
    const keys = chain.rotation.map((key) => key.publicKey);
    chain.push({ kind: "override", from: 1, rotationKeys: keys }, { rank: 1 });
    expect(live(await folded(chain.ops))).toEqual([device("sara")]);
    chain.push({ kind: "override", from: 2, rotationKeys: keys }, { rank: 0 });
    const state = await folded(chain.ops);
    expect(live(state)).toEqual([device("sara"), device("phone")]);
    expect(state.ops.map(({ isVoid }) => isVoid)).toEqual([false, false, true, false]);
  });

  it("I-14 I-11 costs a chain full of overrides no more than its length", async () => {
    const chain = new TestChain("sara", { ranks: 2 });
    const keys = chain.rotation.map((key) => key.publicKey);
    const home = { kind: "set-home", home: testHome("berlin") } as const;
    // An override of an override of an override … would be followed 2^60 times by code that recurses.
    for (let i = 0; i < 60; i++) {
      chain.push(home);
      chain.push({ kind: "override", from: chain.ops.length - 1, rotationKeys: keys }, { rank: 0 });
    }
    const state = await folded(chain.ops);
    expect(state.ops.filter(({ isVoid }) => isVoid)).toHaveLength(60);
    expect(state.home).toEqual(testHome("home"));
  });
});

describe("two chains of one identity", () => {
  it("I-15 follow the one that overrides, whichever is longer and whoever is asked", async () => {
    const trunk = stolen();
    const thief = new TestChain("sara");
    thief.ops.splice(0, 1, ...trunk.ops);
    thief.rotation = trunk.rotation;
    const owner = await folded(rescued(trunk).ops);
    thief.addDevice("second").addDevice("third").addDevice("fourth");
    const lost = await folded(thief.ops);
    expect(compareChains(lost, owner)).toBe("overriding");
    expect(replacementFault(lost, owner)).toBeUndefined();
    expect(compareChains(owner, lost)).toBe("overridden");
    expect(replacementFault(owner, lost)).toBe("identity/stale-ops");
  });

  it("I-15 stay a fork when neither overrides, or both with one rank", async () => {
    const one = await folded(rescued(stolen(), 2).ops);
    const two = await folded(rescued(stolen(), 3).ops);
    expect(compareChains(one, two)).toBe("forked");
    const left = await folded(stolen().addDevice("left").ops);
    const right = await folded(stolen().addDevice("right").ops);
    expect(replacementFault(left, right)).toBe("identity/forked");
    expect(compareChains(await folded(new TestChain("sara").ops), await folded(new TestChain("dara").ops))).toBe(
      "forked",
    );
  });
});

describe("the time to override", () => {
  it("I-16 runs from when the first voided op was seen in the log, and not at all when it was not", async () => {
    const [override] = overridesAfter(await folded(rescued(stolen()).ops), 6);
    expect(override).toEqual({ seq: 6, from: 2 });
    if (override === undefined) return;
    const nowMs = 1_000 * HOUR_MS;
    const at = (opCount: number, agoMs: number): Parameters<typeof isOverrideLate>[1] => [
      { opCount, atMs: nowMs - agoMs },
    ];
    expect(isOverrideLate(override, [], nowMs)).toBe(false);
    expect(isOverrideLate(override, at(3, OVERRIDE_WINDOW_MS), nowMs)).toBe(false);
    expect(isOverrideLate(override, at(3, OVERRIDE_WINDOW_MS + 1), nowMs)).toBe(true);
    expect(isOverrideLate(override, at(6, 80 * HOUR_MS), nowMs)).toBe(true);
    // Two ops: the voided one was not among them.
    expect(isOverrideLate(override, at(2, 900 * HOUR_MS), nowMs)).toBe(false);
  });
});
