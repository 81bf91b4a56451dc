/*
 * From the bytes of an op chain to what it says: which keys steer the identity, which devices are live, where its home
 * is. Pure and total: the bytes are a stranger's, every refusal is a code, and a refused chain leaves nothing behind.
 *
 * Structure is checked before signatures, so that a malformed chain costs no public-key work; each op costs one
 * verification, one more when it lists a device. A state is an immutable value that keeps the ops it was folded from:
 * `extendChain` checks only what is new. Rules: protocol/3-identity.md I-1 to I-12.
 */
import { equalBytes, type Sha256, type Verifier } from "../bytes/index.ts";
import { ID_SIZE_BYTES } from "../ids.ts";
import { MAX_OP_BYTES, MAX_OPS } from "../limits.ts";
import type { IdentityCode } from "./codes.ts";
import { burnt, effectivePath, type OverrideOp } from "./override.ts";
import { BYTES_KEPT_FOR_RANK_0, MAX_CHAIN_BYTES, MAX_LIVE_DEVICES, OPS_KEPT_FOR_RANK_0 } from "./limits.ts";
import {
  decodeOp,
  type DeviceEntry,
  deviceProofBytes,
  genesisSubject,
  identityOf,
  type Op,
  opHash,
  signedPart,
} from "./op.ts";
import type { ChainOp, IdentityState, LiveDevice } from "./state.ts";

/** The primitives a chain is checked with. */
export interface ChainPorts {
  readonly sha256: Sha256;
  readonly verify: Verifier;
}

/** A chain's outcome: its state, or a code, the place of the refused op in the list handed in, and the offset inside it. */
export type ChainResult =
  | { readonly ok: true; readonly value: IdentityState }
  | { readonly ok: false; readonly code: IdentityCode; readonly opIndex: number; readonly offset: number };

/** What holds before an op; undefined only before the genesis. */
type Before = IdentityState | undefined;
/** The state after an op, or why it may not stand. */
type Outcome = IdentityState | IdentityCode;

function includesKey(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((other) => equalBytes(other, key));
}

/** Every key that an op brings into the chain for the first time or again. */
function keysOf({ body }: Op): readonly Uint8Array[] {
  const hasKeys = body.kind === "genesis" || body.kind === "rotate" || body.kind === "override";
  const rotation = hasKeys ? body.rotationKeys : [];
  const device =
    body.kind === "genesis" || body.kind === "device-add" ? [body.device.device, body.device.inboxReadKey] : [];
  return [...rotation, ...device];
}

/** I-7: no key has two uses and none returns. Only a rotation may repeat keys: those it leaves in force, or brings back into it. */
function reusesKey(before: Before, op: Op): boolean {
  const keys = keysOf(op);
  if (keys.some((key, at) => includesKey(keys.slice(at + 1), key))) return true;
  const kept = before === undefined ? [] : keptKeys(before, op);
  const fresh = keys.filter((key) => !includesKey(kept, key));
  if (fresh.length === 0) return false;
  return (before?.ops ?? []).some((earlier) => keysOf(earlier.op).some((key) => includesKey(fresh, key)));
}

function keptKeys(before: IdentityState, { body }: Op): readonly Uint8Array[] {
  if (body.kind === "override") return replay(before, body.from - 1)?.rotationKeys ?? [];
  return body.kind === "rotate" ? before.rotationKeys : [];
}

/** I-6: a rank replaces itself and what is below it, never what is above. */
function mayRotate(before: IdentityState, op: Op, next: readonly Uint8Array[]): boolean {
  return before.rotationKeys.slice(0, op.rank).every((key, rank) => {
    const kept = next[rank];
    return kept !== undefined && equalBytes(kept, key);
  });
}

function live(entry: DeviceEntry, seq: number): LiveDevice {
  return { device: entry.device, inboxReadKey: entry.inboxReadKey, addedSeq: seq };
}

/** I-4: place in the chain. */
function placeFault(before: Before, op: Op): IdentityCode | undefined {
  if (before === undefined) {
    const first = op.body.kind === "genesis" && op.seq === 0 && op.rank === 0 && op.prev.every((byte) => byte === 0);
    return first ? undefined : "identity/bad-genesis";
  }
  if (op.body.kind === "genesis") return "identity/bad-genesis";
  if (before.closed) return "identity/closed";
  if (op.seq !== before.seq + 1) return "identity/wrong-seq";
  return equalBytes(op.prev, before.headHash) ? undefined : "identity/wrong-prev";
}

/** I-11: what a chain may hold, and what is kept free for rank 0. */
function roomFault(before: Before, op: Op, bytes: Uint8Array): IdentityCode | undefined {
  const lower = op.rank > 0;
  if (op.seq >= MAX_OPS - (lower ? OPS_KEPT_FOR_RANK_0 : 0)) return "identity/too-many-ops";
  const sizeBytes = (before?.sizeBytes ?? 0) + bytes.byteLength;
  return sizeBytes > MAX_CHAIN_BYTES - (lower ? BYTES_KEPT_FOR_RANK_0 : 0) ? "identity/too-large" : undefined;
}

function begin(op: Op, bytes: Uint8Array, sha256: Sha256): IdentityState | undefined {
  if (op.body.kind !== "genesis") return undefined;
  const hash = opHash(bytes, sha256);
  return {
    identity: identityOf(bytes, sha256),
    ops: [{ op, bytes, hash, isVoid: false }],
    seq: 0,
    headHash: hash,
    sizeBytes: bytes.byteLength,
    rotationKeys: op.body.rotationKeys,
    devices: [live(op.body.device, 0)],
    revoked: [],
    home: op.body.home,
    anchors: [],
    closed: false,
  };
}

/** I-5 to I-9: what an op changes, when its rank may and the chain lets it. */
function apply(before: IdentityState, op: Op): Outcome {
  const { body, seq } = op;
  switch (body.kind) {
    case "genesis":
      return "identity/bad-genesis";
    case "device-add": {
      const listed = [...before.devices, ...before.revoked].map((entry) => entry.device);
      if (includesKey(listed, body.device.device)) return "identity/duplicate-device";
      if (before.devices.length >= MAX_LIVE_DEVICES) return "identity/too-many-devices";
      return { ...before, devices: [...before.devices, live(body.device, seq)] };
    }
    case "device-revoke": {
      const gone = before.devices.find((entry) => equalBytes(entry.device, body.device));
      if (gone === undefined) return "identity/unknown-device";
      const devices = before.devices.filter((entry) => entry !== gone);
      return { ...before, devices, revoked: [...before.revoked, { ...gone, revokedSeq: seq }] };
    }
    case "set-home":
      return { ...before, home: body.home };
    case "rotate":
      return mayRotate(before, op, body.rotationKeys)
        ? { ...before, rotationKeys: body.rotationKeys }
        : "identity/not-allowed";
    case "set-anchors":
      return { ...before, anchors: body.anchors };
    case "tombstone":
      return op.rank === 0 ? { ...before, closed: true } : "identity/not-allowed";
    case "override":
      return override(before, { ...op, body });
    default:
      return body satisfies never;
  }
}

/** I-14: what held before an op `from`, with other keys; whoever signed what is voided ranks below the signer. */
function override(before: IdentityState, op: OverrideOp): Outcome {
  const { from, rotationKeys } = op.body;
  if (from < 1 || from > before.seq) return "identity/bad-override";
  if (before.ops.slice(from).some((voided) => voided.op.rank <= op.rank)) return "identity/not-allowed";
  const base = replay(before, from - 1);
  if (base === undefined) return "identity/bad-override";
  if (!mayRotate(base, op, rotationKeys)) return "identity/not-allowed";
  // Anew from the path: what an override voided counts again when that override is voided itself.
  const path = new Set(effectivePath(before.ops, from - 1).map((each) => each.op.seq)).add(0);
  const ops = before.ops.map((each): ChainOp => ({ ...each, isVoid: !path.has(each.op.seq) }));
  return { ...base, ops, rotationKeys, revoked: [...base.revoked, ...burnt(base, before.ops, op)] };
}

/** What a checked chain said after the op of a sequence. Cost: the ops that count up to there, each applied once. */
function replay(state: IdentityState, to: number): IdentityState | undefined {
  const [genesis] = state.ops;
  if (genesis?.op.body.kind !== "genesis") return undefined;
  const { rotationKeys, device, home } = genesis.op.body;
  const start = { rotationKeys, devices: [live(device, 0)], revoked: [], home, anchors: [], closed: false };
  let at: IdentityState = { ...state, ...start };
  for (const { op } of effectivePath(state.ops, to)) {
    const { body } = op;
    if (body.kind !== "override") {
      const next = apply(at, op);
      if (typeof next === "string") return undefined;
      at = next;
    } else {
      const revoked = [...at.revoked, ...burnt(at, state.ops.slice(0, op.seq), { ...op, body })];
      at = { ...at, rotationKeys: body.rotationKeys, revoked };
    }
  }
  return at;
}

async function signatureFault(
  before: Before,
  op: Op,
  bytes: Uint8Array,
  ports: ChainPorts,
): Promise<IdentityCode | undefined> {
  const keys = op.body.kind === "genesis" ? op.body.rotationKeys : (before?.rotationKeys ?? []);
  const key = keys[op.rank];
  if (key === undefined) return "identity/unknown-signer";
  if (!(await ports.verify(key, signedPart(bytes), op.signature))) return "identity/bad-signature";
  if (op.body.kind !== "genesis" && op.body.kind !== "device-add") return undefined;
  const entry = op.body.device;
  const subject = before?.identity ?? genesisSubject(keys, ports.sha256);
  const proven = await ports.verify(
    entry.device,
    deviceProofBytes(subject, entry.device, entry.inboxReadKey),
    entry.proof,
  );
  return proven ? undefined : "identity/bad-device-proof";
}

async function step(before: Before, op: Op, bytes: Uint8Array, ports: ChainPorts): Promise<Outcome> {
  const misplaced = placeFault(before, op) ?? roomFault(before, op, bytes);
  if (misplaced !== undefined) return misplaced;
  if (op.rank >= (before?.rotationKeys.length ?? 1)) return "identity/unknown-signer";
  const changed = before === undefined ? begin(op, bytes, ports.sha256) : apply(before, op);
  if (changed === undefined) return "identity/bad-genesis";
  if (typeof changed === "string") return changed;
  if (reusesKey(before, op)) return "identity/key-reuse";
  const unsigned = await signatureFault(before, op, bytes, ports);
  if (unsigned !== undefined) return unsigned;
  if (before === undefined) return changed;
  const hash = opHash(bytes, ports.sha256);
  const ops = [...changed.ops, { op, bytes, hash, isVoid: false }];
  return { ...changed, ops, seq: op.seq, headHash: hash, sizeBytes: before.sizeBytes + bytes.byteLength };
}

async function fold(start: Before, list: readonly Uint8Array[], ports: ChainPorts): Promise<ChainResult> {
  let state = start;
  for (const [opIndex, given] of list.entries()) {
    if (opIndex >= MAX_OPS) return { ok: false, code: "identity/too-many-ops", opIndex, offset: 0 };
    if (given.byteLength > MAX_OP_BYTES)
      return { ok: false, code: "identity/too-large", opIndex, offset: MAX_OP_BYTES };
    const bytes = given.slice();
    const decoded = decodeOp(bytes);
    if (!decoded.ok) return { ok: false, code: decoded.code, opIndex, offset: decoded.offset };
    const outcome = await step(state, decoded.value, bytes, ports);
    if (typeof outcome === "string") return { ok: false, code: outcome, opIndex, offset: 0 };
    state = outcome;
  }
  if (state === undefined) return { ok: false, code: "identity/empty-chain", opIndex: 0, offset: 0 };
  return { ok: true, value: state };
}

/**
 * Checks a whole op chain from untrusted bytes and says what it says. Never throws.
 *
 * @param list  encoded ops from the genesis on, copied before they are kept
 * @param expected  when given, a chain of any other identity is `identity/wrong-identity`, before any signature is checked
 * @returns the state, or the first refusal; codes: `identity/…` of `WIRE_CODES`
 * Cost: one or two Ed25519 verifications an op, at most `MAX_OPS` ops.
 * @see protocol/3-identity.md
 */
export async function foldChain(
  list: readonly Uint8Array[],
  ports: ChainPorts,
  expected?: Uint8Array,
): Promise<ChainResult> {
  const genesis = list[0];
  if (genesis !== undefined && expected !== undefined && genesis.byteLength <= MAX_OP_BYTES) {
    const other =
      expected.byteLength !== ID_SIZE_BYTES.identity || !equalBytes(identityOf(genesis, ports.sha256), expected);
    if (other) return { ok: false, code: "identity/wrong-identity", opIndex: 0, offset: 0 };
  }
  return await fold(undefined, list, ports);
}

/**
 * Checks ops that follow a state already checked. The state handed in is not changed. Never throws.
 *
 * @param next  encoded ops after `state.seq`; an empty list answers the state itself
 */
export async function extendChain(
  state: IdentityState,
  next: readonly Uint8Array[],
  ports: ChainPorts,
): Promise<ChainResult> {
  return await fold(state, next, ports);
}

/** The live device of that id, if the chain lists it. */
export function liveDevice(state: IdentityState, device: Uint8Array): LiveDevice | undefined {
  return state.closed ? undefined : state.devices.find((entry) => equalBytes(entry.device, device));
}

/** The chain as it travels. */
export function chainBytes(state: IdentityState): readonly Uint8Array[] {
  return state.ops.map((entry) => entry.bytes);
}
