/*
 * Frames: an MLSMessage with a PrivateMessage, of an exact bucket size (protocol/4-groups.md §5), and the padded forms of
 * a Welcome and of the sealed ratchet tree.
 *
 * Padding a PrivateMessage happens inside its ciphertext, so only the bucket shows. A Welcome's structure is public by
 * RFC 9420 §12.4.3.1 (one entry per joiner), so zeros after it are enough.
 */
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { MLSMessage, PrivateMessage, Welcome } from "ts-mls";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { type E2eCode, e2eError } from "../../errors.ts";
import {
  bucketBytes,
  isBucket,
  lengthPrefixBytes,
  MAX_COMMIT_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_WELCOME_BYTES,
} from "../padding.ts";
import { decodeWhole } from "./checks.ts";
import type { Environment } from "./environment.ts";

const TAG_BYTES = 16;
/** version 2, wire format 2, epoch 8, content type 1, empty authenticated data 1, sender data 1 + 12 + 16 */
const FIXED_BYTES = 43;

/** Bytes of a frame that are not its ciphertext. */
function overheadBytes(groupId: Uint8Array): number {
  return FIXED_BYTES + lengthPrefixBytes(groupId.byteLength) + groupId.byteLength;
}

/** Size of a frame whose content (with its signature) has so many bytes, before padding. */
function frameBytes(groupId: Uint8Array, contentBytes: number): number {
  const ciphertextBytes = contentBytes + TAG_BYTES;
  return overheadBytes(groupId) + lengthPrefixBytes(ciphertextBytes) + ciphertextBytes;
}

/** How long the content of a frame must be for the frame to fill its bucket. @throws E2eError `e2e/too-large` */
export function paddedContentBytes(
  env: Environment,
  groupId: Uint8Array,
  contentBytes: number,
  maxFrameBytes: number,
): number {
  if (!env.profile.padded) return contentBytes;
  const wanted = bucketBytes(frameBytes(groupId, contentBytes));
  if (wanted > maxFrameBytes) throw e2eError("e2e/too-large");
  // The length prefix is 2 or 4 bytes; no bucket lies near the border between them.
  const room = wanted - overheadBytes(groupId);
  const prefix = lengthPrefixBytes(room - 2) === 2 ? 2 : 4;
  return room - prefix - TAG_BYTES;
}

export function encodeFrame(privateMessage: PrivateMessage): Uint8Array {
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
}

/** Decodes an untrusted frame of this group. @throws E2eError `e2e/bad-frame` */
export function decodeFrame(env: Environment, groupId: Uint8Array, frame: Uint8Array): PrivateMessage {
  if (frame.byteLength > MAX_COMMIT_BYTES || (env.profile.padded && !isBucket(frame.byteLength)))
    throw e2eError("e2e/bad-frame");
  // A copy: what is kept of it must not change when the caller reuses its buffer.
  const { value, sizeBytes } = decodeWhole(decodeMlsMessage, frame.slice(), "e2e/bad-frame");
  if (value.wireformat !== "mls_private_message" || sizeBytes !== frame.byteLength) throw e2eError("e2e/bad-frame");
  const message = value.privateMessage;
  const fits =
    equalBytes(message.groupId, groupId) &&
    message.authenticatedData.byteLength === 0 &&
    message.contentType !== "proposal" &&
    (!env.profile.padded || message.contentType === "commit" || frame.byteLength <= MAX_MESSAGE_BYTES);
  if (!fits) throw e2eError("e2e/bad-frame");
  return message;
}

/** A Welcome, what follows it (pre-shared keys, psk.ts), and zeros up to its bucket. */
export function encodeWelcome(env: Environment, welcome: Welcome, after: Uint8Array): Uint8Array {
  const message: MLSMessage = { version: "mls10", wireformat: "mls_welcome", welcome };
  const bytes = concatBytes(encodeMlsMessage(message), after);
  const padded = new Uint8Array(env.profile.padded ? bucketBytes(bytes.byteLength) : bytes.byteLength);
  padded.set(bytes);
  if (padded.byteLength > MAX_WELCOME_BYTES) throw e2eError("e2e/too-large");
  return padded;
}

/** A Welcome and what follows it: zeros, or where there is a chain key, pre-shared keys and zeros. @throws E2eError `e2e/bad-welcome` */
export function decodeWelcome(env: Environment, bytes: Uint8Array): { welcome: Welcome; after: Uint8Array } {
  const code: E2eCode = "e2e/bad-welcome";
  if (bytes.byteLength > MAX_WELCOME_BYTES || (env.profile.padded && !isBucket(bytes.byteLength))) throw e2eError(code);
  const { value, sizeBytes } = decodeWhole(decodeMlsMessage, bytes.slice(), code);
  const after = bytes.slice(sizeBytes);
  const fits =
    value.wireformat === "mls_welcome" &&
    value.welcome.cipherSuite === env.provider.name &&
    (env.chained || after.every((byte) => byte === 0));
  if (!fits) throw e2eError(code);
  return { welcome: value.welcome, after };
}
