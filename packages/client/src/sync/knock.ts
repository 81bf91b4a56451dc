/*
 * What is left in an inbox to bring a device into a room.
 *
 *   knock = version u8 (1), key package ref[32], welcome opaque<65536>, tree opaque<65536>
 *
 * The ref says which key package the Welcome is for; the Welcome and the tree are sealed, and the room is described in the
 * group context that only they convey.
 */
import { ByteReader, ByteWriter, type Decoded } from "@chapar/wire/bytes";
import { WELCOME_FRAME } from "./knock-frames.ts";

const REF_BYTES = 32;
const MAX_PART_BYTES = 65_536;

/** A welcome bundle for one device. */
export interface Knock {
  readonly ref: Uint8Array;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
}

/** The frame of a knock entry. */
export function encodeKnock(knock: Knock): Uint8Array {
  const writer = new ByteWriter(1024).u8(WELCOME_FRAME).bytes(knock.ref);
  return writer.opaque(knock.welcome).opaque(knock.tree).finish();
}

/** Reads a stranger's knock; fields are copies. */
export function decodeKnock(bytes: Uint8Array): Decoded<Knock> {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== WELCOME_FRAME) reader.fail("wire/range", 0);
  const ref = reader.bytes(REF_BYTES).slice();
  const welcome = reader.opaque(MAX_PART_BYTES).slice();
  return reader.finish({ ref, welcome, tree: reader.opaque(MAX_PART_BYTES).slice() });
}
