/* What reading needs of what a person decided about chats (protocol/11-chats.md); everything else is the desk's. */
import { idText } from "@chapar/wire";
import { lastU64, u64Key } from "../store/keys.ts";
import type { OwnRegister } from "../own/register.ts";
import type { MessageRow } from "../conversation/rows.ts";

/** Keys of blocks: `block/<identity>`. */
export const BLOCK_PREFIX = "block/";
const TIME_BYTES = 8;

/** The row of a block that begins now. */
export function blockRow(sinceMs: number): Uint8Array {
  return u64Key(sinceMs);
}

/** What a row says; undefined for anything else (N-1). */
export function readBlock(value: Uint8Array | undefined): number | undefined {
  return value?.byteLength === TIME_BYTES ? lastU64(value) : undefined;
}

/** Since when a person is blocked; undefined: they are not. */
export function blockedSince(own: OwnRegister, identity: Uint8Array): number | undefined {
  return readBlock(own.get(BLOCK_PREFIX + idText(identity)));
}

/** Whether a line is a message that is not shown because its writer is blocked (N-10). */
export function isHidden(
  own: OwnRegister,
  line: Pick<MessageRow, "kind" | "mine" | "sender" | "arrivedAtMs">,
): boolean {
  if (line.kind !== "message" || line.mine) return false;
  const sinceMs = blockedSince(own, line.sender);
  return sinceMs !== undefined && line.arrivedAtMs >= sinceMs;
}
