/*
 * A weekly key that is brought to one device (F-116): sealed to one of its key packages by X-Wing (G-64), in a knock of one size.
 *
 *   knock = 8 u8, key package ref[32], opaque sealed, zeros to 2,048 bytes
 */
import { isE2eError, type Psk } from "@chapar/e2e";
import { conversationId } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { keyPackageShelf } from "../profile/key-packages.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { WEEK_FRAME } from "../sync/knock-frames.ts";
import { weekOf } from "./week-id.ts";
import { awaitedCommitShelf, heldKeyShelf, weekAt } from "./week-rows.ts";

const FRAME_BYTES = 2048;
const REF_BYTES = 32;
/** Keys of a conversation that are kept; of more the oldest go. A device that is away is brought one a week. */
const MOST_HELD = 64;

/** Where a sealed key is opened. */
export interface WeekPart {
  readonly ref: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The knock. */
export function encodeWeekPart({ ref, sealed }: WeekPart): Uint8Array {
  const said = new ByteWriter(FRAME_BYTES).u8(WEEK_FRAME).bytes(ref).opaque(sealed).finish();
  return concatBytes(said, new Uint8Array(Math.max(0, FRAME_BYTES - said.byteLength)));
}

/** Reads one; undefined for anything else. */
export function decodeWeekPart(frame: Uint8Array): WeekPart | undefined {
  const reader = new ByteReader(frame);
  const kind = reader.u8();
  const part = { ref: reader.bytes(REF_BYTES).slice(), sealed: reader.opaque(FRAME_BYTES).slice() };
  reader.rest();
  const decoded = reader.finish(part);
  return decoded.ok && kind === WEEK_FRAME && frame.byteLength === FRAME_BYTES ? decoded.value : undefined;
}

/** Takes what was brought. What is no key of a group that this device is in, or not what its name says, is passed over without a trace. */
export async function takeWeekKey(member: Member, tools: SessionTools, frame: Uint8Array): Promise<void> {
  const { store, sha256, book, clock, mls } = member;
  const part = decodeWeekPart(frame);
  const key = part && (await keyPackageShelf.get(store, part.ref));
  if (part === undefined || key === undefined) return;
  let psk: Psk;
  try {
    psk = await mls.openPsk({ ref: part.ref, ...key }, part.sealed);
  } catch (error) {
    if (!isE2eError(error)) throw error;
    member.failed(error);
    return;
  }
  const week = weekOf(psk, sha256);
  const row = week && book.get(conversationId(week.conversation));
  if (row?.kind !== "group" || row.state === "closed") return;
  const draft = new Draft();
  const held = await heldKeyShelf.range(store, { prefix: weekAt(row.id, "held") });
  const spare = held.toSorted((a, b) => b.value.atMs - a.value.atMs).slice(MOST_HELD - 1);
  for (const one of spare) heldKeyShelf.remove(draft, one.key);
  heldKeyShelf.put(draft, weekAt(row.id, "held", { bytes: psk.id, sha256 }), {
    secret: psk.secret,
    atMs: clock.nowMs(),
  });
  tools.keys.used(draft, part.ref, key);
  await draft.commit(store);
  // The room stands before the commit that this key is for: it is read on at once.
  if ((await awaitedCommitShelf.get(store, weekAt(row.id, "awaited"))) !== undefined) tools.joined(row);
}
