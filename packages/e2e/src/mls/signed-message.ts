/*
 * What a device signs when it seals a message (RFC 9420 §6.1, §5.1.2), rebuilt from its parts, so that whoever is given the
 * parts can check the signature without being in the group:
 *
 *   SignContent      = opaque label<V> ("MLS 1.0 FramedContentTBS"), opaque content<V>
 *   FramedContentTBS = version u16 (mls10 = 1), wire format u16 (private_message = 2),
 *                      group id<V>, epoch u64, sender type u8 (member = 1), leaf u32, authenticated data<V> (empty),
 *                      content type u8 (application = 1), application data<V>, GroupContext
 */
import { ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";

const LABEL = utf8("MLS 1.0 FramedContentTBS");
const MLS10 = 1;
const PRIVATE_MESSAGE = 2;
const MEMBER = 1;
const APPLICATION = 1;
const NOTHING = new Uint8Array(0);

/** A message as it was signed. */
export interface SignedMessage {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  /** where the sender sat */
  readonly leaf: number;
  readonly content: Uint8Array;
  /** the encoded GroupContext of the epoch */
  readonly context: Uint8Array;
}

/** The bytes under the signature of a message: Ed25519 over them by the sender's device key. */
export function signedMessageBytes({ groupId, epoch, leaf, content, context }: SignedMessage): Uint8Array {
  const framed = new ByteWriter(content.byteLength + 128)
    .u16(MLS10)
    .u16(PRIVATE_MESSAGE)
    .opaque(groupId)
    .u64(BigInt(epoch))
    .u8(MEMBER)
    .u32(leaf)
    .opaque(NOTHING)
    .u8(APPLICATION)
    .opaque(content)
    .finish();
  return new ByteWriter(framed.byteLength + context.byteLength + 64)
    .opaque(LABEL)
    .opaque(concatBytes(framed, context))
    .finish();
}
