/*
 * Ops of the own chain that this device makes: on disk before they leave, the chain of this device once the home has taken them. What another own device added first makes the op anew; what the home never took is forgotten.
 */
import {
  decodeBundle,
  encodeBundle,
  type Extension,
  type PrivateBundle,
  type RotationSeed,
  type Signing,
  wipeBundle,
} from "@chapar/e2e";
import { foldChain, type IdentityState, isWireError } from "@chapar/wire";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { markTaken } from "../trust/anchors.ts";
import { blob, count, fields, list, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";

interface OwnOpsRow {
  /** the chain with the new ops */
  readonly ops: readonly Uint8Array[];
  /** how many of them the home had before */
  readonly from: number;
  /** the private bundle that holds with them */
  readonly bundle: Uint8Array;
}

/** `own-ops`: by identity id; ops that the home was not seen to take yet. */
const ownOpsShelf: Shelf<OwnOpsRow> = shelf(
  "own-ops",
  row<OwnOpsRow>(1, fields<OwnOpsRow>({ ops: list(blob), from: count, bundle: blob })),
);

/** An extension, and the everyday key that holds after it when it is another one. */
export type OwnExtension = Extension & { readonly rankOneSeed?: RotationSeed };

/** Makes ops from how the chain stands. */
export type MakeOps = (state: IdentityState, signing: Signing) => Promise<OwnExtension>;

/** The own chain as this device has it. @throws ClientError `client/bad-profile` */
export async function ownState(member: Member): Promise<IdentityState> {
  const { identity, ops } = member.profile.row;
  const folded = await foldChain(ops, member, identity);
  if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
  return folded.value;
}

/**
 * Adds ops to the own chain by the everyday key, and has the home take them.
 *
 * @throws ClientError `client/other-device-first` another device changed the chain · `client/no-everyday-key`; WireError what the home refused with
 */
export async function extendOwn(member: Member, link: StationLink, make: MakeOps): Promise<IdentityState> {
  await settleOwnOps(member, link);
  const { profile, clock, store } = member;
  const state = await ownState(member);
  const secrets = decodeBundle(profile.row.bundle);
  try {
    if (secrets.rankOneSeed === undefined) throw new ClientError("client/no-everyday-key");
    const made = await make(state, { seed: secrets.rankOneSeed, timeMs: clock.nowMs() });
    const draft = new Draft();
    const ops = made.state.ops.map(({ bytes }) => bytes);
    const bundle = bundleWith(secrets, made.rankOneSeed);
    ownOpsShelf.put(draft, profile.row.identity, { ops, from: state.ops.length, bundle });
    await draft.commit(store);
    made.rankOneSeed?.wipe();
  } finally {
    wipeBundle(secrets);
  }
  await settleOwnOps(member, link);
  return ownState(member);
}

function bundleWith(secrets: PrivateBundle, rankOneSeed: RotationSeed | undefined): Uint8Array {
  return encodeBundle({ ...secrets, rankOneSeed: rankOneSeed ?? secrets.rankOneSeed });
}

/** Brings waiting ops to the home; with that they are the chain's. @throws as `extendOwn` */
export async function settleOwnOps(member: Member, link: StationLink): Promise<void> {
  const { profile, store } = member;
  const held = await ownOpsShelf.get(store, profile.row.identity);
  if (held === undefined) return;
  try {
    await link.ask({ type: "identity.put", ops: held.ops.slice(held.from) }, "done");
  } catch (error) {
    if (!isWireError(error, "station/stale-ops") && !isWireError(error, "station/bad-ops")) throw error;
    const draft = new Draft();
    ownOpsShelf.remove(draft, profile.row.identity);
    await draft.commit(store);
    throw new ClientError("client/other-device-first", error.code);
  }
  const folded = await foldChain(held.ops, member, profile.row.identity);
  if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
  const draft = new Draft();
  profile.change(draft, { ops: held.ops, bundle: held.bundle });
  member.contacts.put(draft, folded.value);
  ownOpsShelf.remove(draft, profile.row.identity);
  await draft.commit(store);
  await markTaken(member, profile.row.home.station, held.ops.length);
}
