/* Rows of senders' chains: one each, so that what a letter writes does not grow with a group. */
import type { ConversationId } from "@chapar/wire";
import { concatBytes, type Sha256 } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import { blob, count, type FieldCodec, fields, list, row } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** How far one sender's chain of messages has been followed. */
export interface ChainRow {
  readonly device: Uint8Array;
  readonly nextSequence: number;
  /** hash of the sender's last letter; zeros before the first */
  readonly previous: Uint8Array;
  /** sequences that were skipped and may still come, oldest dropped first */
  readonly missing: readonly number[];
}

/** Layout of a chain inside rows. */
export const chainField: FieldCodec<ChainRow> = fields<ChainRow>({
  device: blob,
  nextSequence: count,
  previous: blob,
  missing: list(count),
});

const CHAIN_KEY_BYTES = 16;

/** `chain`: by conversation id and a hash of it and the sending device. */
export const chainShelf: Shelf<ChainRow> = shelf("chain", row<ChainRow>(1, chainField));

/** Key of a sender's chain. */
export function chainKey(conversation: ConversationId, device: Uint8Array, sha256: Sha256): Uint8Array {
  return concatBytes(conversation, sha256(concatBytes(conversation, device)).subarray(0, CHAIN_KEY_BYTES));
}

/** The chains of everyone who has written. Cost: one read, linear in these. */
export async function chainsOf(
  store: Store,
  of: { readonly id: ConversationId; readonly chains: readonly ChainRow[] },
): Promise<readonly ChainRow[]> {
  const rows = await chainShelf.range(store, { prefix: of.id });
  return [...of.chains, ...rows.map(({ value }) => value)];
}
