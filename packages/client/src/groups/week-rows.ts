/*
 * What a device keeps of weekly keys, in the table `week` (F-113 ff.), by conversation id and what it is: 0, the key that this device draws
 * and brings; 1, a device that was brought it; 2, a key that was brought here and is not committed yet; 3, the commit that waits for one.
 */
import type { FindPsk, GroupChange } from "@chapar/e2e";
import { concatBytes, type Sha256, toHex } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A key that this device draws. */
export interface WeekRow {
  readonly id: Uint8Array;
  readonly secret: Uint8Array;
  readonly drawnAtMs: number;
  /** the epoch that its commit begins, once that was made; 0 before */
  readonly begins: number;
}

/** `week`, 0. */
export const weekShelf: Shelf<WeekRow> = shelf(
  "week",
  row<WeekRow>(1, fields<WeekRow>({ id: blob, secret: blob, drawnAtMs: count, begins: count })),
);

/** `week`, 1. */
export const broughtShelf: Shelf<{ readonly atMs: number }> = shelf("week", row(1, fields({ atMs: count })));

/** A key that somebody brought. */
export interface HeldKey {
  readonly secret: Uint8Array;
  readonly atMs: number;
}

/** `week`, 2. */
export const heldKeyShelf: Shelf<HeldKey> = shelf(
  "week",
  row<HeldKey>(1, fields<HeldKey>({ secret: blob, atMs: count })),
);

/** A commit whose key is not here. */
export interface AwaitedCommit {
  /** leaf hash of its entry */
  readonly commit: Uint8Array;
  readonly sinceMs: number;
}

/** `week`, 3. */
export const awaitedCommitShelf: Shelf<AwaitedCommit> = shelf(
  "week",
  row<AwaitedCommit>(1, fields<AwaitedCommit>({ commit: blob, sinceMs: count })),
);

const KINDS = { own: 0, brought: 1, held: 2, awaited: 3 } as const;

/** Where something of a conversation's keys is. @param of  a device, or the name of a key */
export function weekAt(
  conversation: Uint8Array,
  kind: keyof typeof KINDS,
  of?: { readonly bytes: Uint8Array; readonly sha256: Sha256 },
): Uint8Array {
  const kept = of === undefined ? new Uint8Array(0) : of.sha256(concatBytes(conversation, of.bytes));
  return concatBytes(conversation, Uint8Array.of(KINDS[kind]), kept);
}

/** Weekly keys as MLS asks for them, and what it asked for in vain. */
export class WeekKeys {
  readonly #store: Store;
  readonly #sha256: Sha256;
  readonly #missing = new Map<string, GroupChange>();

  constructor(store: Store, sha256: Sha256) {
    this.#store = store;
    this.#sha256 = sha256;
  }

  readonly find: FindPsk = async (change) => {
    const { groupId, psk } = change;
    if (psk === undefined) return undefined;
    const at = weekAt(groupId, "held", { bytes: psk, sha256: this.#sha256 });
    const held = await heldKeyShelf.get(this.#store, at);
    if (held === undefined) this.#missing.set(toHex(groupId), change);
    return held?.secret;
  };

  /** The commit of an epoch whose key was not found. */
  missing(conversation: Uint8Array, epoch: number): GroupChange | undefined {
    const change = this.#missing.get(toHex(conversation));
    return change?.epoch === epoch ? change : undefined;
  }
}

/** How a group stands to its weekly keys, as this device has read it. */
export interface WeekState {
  /** the epoch in which the last one was drawn */
  readonly drawn: number;
  /** when it was committed, or this device came in */
  readonly atMs: number;
  /** the epoch that the last commit began which took somebody out */
  readonly gone: number;
}

/** The name of the key in a commit of this device that begins an epoch. */
export async function ownKeyOf(store: Store, conversation: Uint8Array, epoch: number): Promise<Uint8Array | undefined> {
  const own = await weekShelf.get(store, weekAt(conversation, "own"));
  return own !== undefined && own.begins === epoch ? own.id : undefined;
}
