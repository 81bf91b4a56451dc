/* The cases of vectors/identity/chains.json: honest op chains with what they say, hostile ones with the code that refuses them. */
import { toHex } from "../bytes/index.ts";
import { foldChain, type LiveDevice } from "../identity/chain.ts";
import type { Home } from "../identity/station-ref.ts";
import { inboxGenesis } from "../identity/inbox.ts";
import { deviceId } from "../ids.ts";
import { encodeEntry } from "../frames/entry.ts";
import { deviceEntry, nth, TEST_CHAIN_PORTS as PORTS, TestChain, testDevice, testHome, testKey } from "./op-chains.ts";

const BERLIN = { kind: "set-home", home: testHome("berlin", "DE") } as const;

const sara = (): TestChain => new TestChain("sara", { ranks: 3 });

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
    ["unknown-kind", "the reserved kind", [Uint8Array.of(1, 7, ...genesis.slice(2))]],
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
      };
      cases.push({ ...given, out });
    }
  }
  return cases;
}
