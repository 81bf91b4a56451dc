/* The cases of vectors/identity/chains.json: honest op chains with what they say, hostile ones with the code that refuses them. */
import { toHex } from "../bytes/index.ts";
import { foldChain } from "../identity/chain.ts";
import type { LiveDevice } from "../identity/state.ts";
import type { Home } from "../identity/station-ref.ts";
import { inboxGenesis } from "../identity/inbox.ts";
import type { OpBody } from "../identity/op.ts";
import { deviceId } from "../ids.ts";
import { encodeEntry } from "../frames/entry.ts";
import { deviceEntry, nth, TEST_CHAIN_PORTS as PORTS, TestChain, testDevice, testHome, testKey } from "./op-chains.ts";

const BERLIN = { kind: "set-home", home: testHome("berlin", "DE") } as const;

const sara = (): TestChain => new TestChain("sara", { ranks: 3 });

/** Keys in force after an override: rank 0 stays, rank 1 is new. */
const override = (from: number): Extract<OpBody, { readonly kind: "override" }> => ({
  kind: "override",
  from,
  rotationKeys: [nth(sara().rotation, 0).publicKey, testKey("rescued").publicKey],
});

/** A stolen rank 1 takes the identity over: a device of its own, ours revoked, its own keys, another home. */
const thief = (): TestChain => {
  const chain = sara().addDevice("phone").addDevice("thief's").revokeDevice("phone").push(BERLIN);
  const rotation = [nth(chain.rotation, 0), testKey("thief")];
  chain.push({ kind: "rotate", rotationKeys: rotation.map((key) => key.publicKey) });
  chain.rotation = rotation;
  return chain;
};

const overridden = (): TestChain => {
  const chain = thief().push(override(2), { rank: 0 });
  chain.rotation = [nth(chain.rotation, 0), testKey("rescued")];
  return chain.addDevice("laptop");
};

/** Rank 2 adds a device, rank 1 voids that, rank 0 voids what rank 1 did. */
const twice = (): TestChain => {
  const chain = sara().addDevice("phone", { rank: 2 });
  const keys = chain.rotation.map((key) => key.publicKey);
  chain.push({ kind: "override", from: 1, rotationKeys: keys });
  return chain.push({ kind: "override", from: 2, rotationKeys: keys }, { rank: 0 });
};

/** What each chain is for, and its ops. Whether it stands is asked of the code, and then of the second implementation. */
function chains(): readonly (readonly [id: string, note: string, ops: readonly Uint8Array[]])[] {
  const base = sara();
  const keys = base.rotation.map((key) => key.publicKey);
  const fresh = testKey("fresh");
  const genesis = nth(base.ops, 0);
  const flipped = sara()
    .push(BERLIN)
    .ops.map((op) => op.slice());
  const last = nth(flipped, 1);
  last[60] = nth(last, 60) ^ 1;
  const strange = deviceEntry(new TestChain("dara").identity, testDevice("phone"));
  const rotated = sara().push({ kind: "rotate", rotationKeys: [nth(keys, 0), fresh.publicKey] });
  const everything = sara()
    .addDevice("phone")
    .addDevice("laptop", { rank: 2 })
    .revokeDevice("phone")
    .push(BERLIN)
    .push({ kind: "set-anchors", anchors: [testHome("one"), testHome("two", "NL")] })
    .push({ kind: "rotate", rotationKeys: [nth(keys, 0), fresh.publicKey] });
  const late = { kind: "tombstone" } as const;
  return [
    ["genesis", "one op", base.ops],
    ["everything", "every kind but the tombstone", everything.ops],
    ["tombstone", "ended by rank 0", sara().push(late, { rank: 0 }).ops],
    ["empty", "no op", []],
    ["two-genesis", "a second genesis", [genesis, genesis]],
    ["no-genesis", "begins with another op", [nth(sara().push(BERLIN).ops, 1)]],
    ["seq-jump", "a sequence left out", [...base.ops, base.make(BERLIN, { seq: 2 })]],
    ["wrong-prev", "names another predecessor", [...base.ops, base.make(BERLIN, { prev: new Uint8Array(32) })]],
    ["flipped", "one bit changed", flipped],
    ["device-signs", "signed by a device", [...base.ops, base.make(BERLIN, { signer: testDevice("sara").device })]],
    ["no-such-rank", "signed by rank 3 of three keys", [...base.ops, base.make(BERLIN, { rank: 3 })]],
    ["removed-key", "signed by a rank-1 key that was replaced", [...rotated.ops, rotated.make(BERLIN)]],
    ["rank-too-low", "rank 1 replaces rank 0", sara().push({ kind: "rotate", rotationKeys: [fresh.publicKey] }).ops],
    ["low-tombstone", "ended by rank 1", sara().push(late).ops],
    ["after-tombstone", "goes on after its end", sara().push(late, { rank: 0 }).push(BERLIN, { rank: 0 }).ops],
    ["duplicate-device", "a device listed twice", sara().addDevice("phone").addDevice("phone").ops],
    [
      "returning-device",
      "a revoked device listed again",
      sara().addDevice("phone").revokeDevice("phone").addDevice("phone").ops,
    ],
    ["unknown-device", "revokes a device that is not listed", sara().revokeDevice("phone").ops],
    [
      "strange-device",
      "a device that agreed to be of another",
      sara().push({ kind: "device-add", device: strange }).ops,
    ],
    [
      "key-reuse",
      "a rotation key that is a device",
      sara().push({
        kind: "rotate",
        rotationKeys: [...keys.slice(0, 1), deviceId(testDevice("sara").device.publicKey)],
      }).ops,
    ],
    ["unknown-version", "version 2", [Uint8Array.of(2, ...genesis.slice(1))]],
    ["override", "rank 0 voids what rank 1 did, and a new rank 1 goes on", overridden().ops],
    ["override-chain", "rank 0 voids the override of rank 1, and what that voided counts again", twice().ops],
    ["override-same-rank", "rank 1 overrides rank 1", thief().push(override(2), { rank: 1 }).ops],
    ["override-above", "rank 1 overrides an op of rank 0", sara().push(BERLIN, { rank: 0 }).push(override(1)).ops],
    ["override-genesis", "voids the genesis", thief().push(override(0), { rank: 0 }).ops],
    ["override-nothing", "voids itself", sara().push(override(1), { rank: 0 }).ops],
    [
      "override-brings-back",
      "a key of the voided ops in force again",
      thief().push({ ...override(2), rotationKeys: [nth(keys, 0), testKey("thief").publicKey] }, { rank: 0 }).ops,
    ],
    ["override-device", "lists a device of voided ops again", overridden().addDevice("thief's").ops],
    ["unknown-kind", "a kind nobody defined", [Uint8Array.of(1, 8, ...genesis.slice(2))]],
    ["cut", "without its last byte", [genesis.slice(0, -1)]],
    ["longer", "with a byte too many", [Uint8Array.of(...genesis, 0)]],
    ["oversize", "2,049 bytes", [new Uint8Array(2049)]],
  ];
}

const home = ({ station, region }: Home): object => ({ key: toHex(station.key), urls: station.urls, region });

function inbox(device: LiveDevice): object {
  return { device: toHex(device.device), inboxGenesis: toHex(encodeEntry(inboxGenesis(device, PORTS.sha256))) };
}

/** Chains with what they say, or the code and the op that is refused. */
export async function chainVectors(): Promise<readonly object[]> {
  const cases: object[] = [];
  for (const [id, note, ops] of chains()) {
    const given = { id, note, in: ops.map(toHex) };
    const result = await foldChain(ops, PORTS);
    if (!result.ok) cases.push({ ...given, error: result.code, opIndex: result.opIndex });
    else {
      const state = result.value;
      const out = {
        identity: toHex(state.identity),
        seq: state.seq,
        head: toHex(state.headHash),
        rotationKeys: state.rotationKeys.map(toHex),
        devices: state.devices.map(inbox),
        revoked: state.revoked.map(({ device }) => toHex(device)),
        home: home(state.home),
        anchors: state.anchors.map(home),
        closed: state.closed,
        void: state.ops.filter((each) => each.isVoid).map((each) => each.op.seq),
      };
      cases.push({ ...given, out });
    }
  }
  return cases;
}
