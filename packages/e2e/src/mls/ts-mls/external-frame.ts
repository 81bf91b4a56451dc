/*
 * The frame of a commit from outside (protocol/4-groups.md §9).
 *
 * RFC 9420 §12.4.3.2 makes it a PublicMessage, whose leaf, credential and keys anybody could read. So it is sealed under the
 * epoch's *door key*, which members export and a GroupInfo conveys, and the result has the form of a PrivateMessage with a
 * commit of the same padded sizes: what a station stores of a joining outsider looks like any member's commit.
 *
 *   door key   = MLS-Exporter("chapar door", "", 32)
 *   frame      = MLSMessage(PrivateMessage{group id, epoch, commit, authenticated data "", sender data = salt[28], ciphertext})
 *   ciphertext = AES-256-GCM(HKDF-SHA256(door key, salt, "chapar external commit"), nonce 0, aad = group id ‖ u64 epoch,
 *                MLSMessage(PublicMessage) ‖ zeros)
 *
 * A reader tries the door key on a commit first: a PrivateMessage of a member never opens under it.
 */
import { ByteWriter, utf8 } from "@chapar/wire/bytes";
import type { ClientState, PrivateMessage, PublicMessage } from "ts-mls";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { e2eError } from "../../errors.ts";
import { MAX_COMMIT_BYTES } from "../padding.ts";
import { decodeWhole } from "./checks.ts";
import type { Environment } from "./environment.ts";
import { encodeFrame, paddedContentBytes } from "./frames.ts";

export const DOOR_KEY_BYTES = 32;
const LABEL = utf8("chapar external commit");
const NONCE = new Uint8Array(12);
const EMPTY = new Uint8Array(0);
/** as long as RFC 9420 §6.3.2's encrypted sender data with a 16-byte tag */
const SALT_BYTES = 28;

/** The key that seals external commits of an epoch. */
export async function doorKey(env: Environment, state: ClientState): Promise<Uint8Array> {
  return mlsExporter(state.keySchedule.exporterSecret, "chapar door", EMPTY, DOOR_KEY_BYTES, env.provider);
}

function sealingKey(env: Environment, key: Uint8Array, salt: Uint8Array): Uint8Array {
  return env.crypto.hkdfExpand("sha256", env.crypto.hkdfExtract("sha256", salt, key), LABEL, 32);
}

function associatedData(groupId: Uint8Array, epoch: bigint): Uint8Array {
  return new ByteWriter(64).bytes(groupId).u64(epoch).finish();
}

/** Where a joining commit goes, and the key that seals it. */
export interface Door {
  readonly key: Uint8Array;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

/** @throws E2eError `e2e/too-large` */
export async function sealExternal(env: Environment, door: Door, message: PublicMessage): Promise<Uint8Array> {
  const { key, groupId, epoch } = door;
  const encoded = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage: message });
  const plain = new Uint8Array(paddedContentBytes(env, groupId, encoded.byteLength, MAX_COMMIT_BYTES));
  plain.set(encoded);
  const salt = env.crypto.random(SALT_BYTES);
  const aad = associatedData(groupId, epoch);
  return encodeFrame({
    groupId,
    epoch,
    contentType: "commit",
    authenticatedData: EMPTY,
    encryptedSenderData: salt,
    ciphertext: await env.crypto.aeadSeal(sealingKey(env, key, salt), NONCE, aad, plain),
  });
}

/**
 * The external commit in a frame of the group's epoch, or undefined when it is none.
 *
 * @throws E2eError `e2e/bad-frame` when something else than an external commit was sealed under the door key
 */
export async function openExternalFrame(
  env: Environment,
  state: ClientState,
  frame: PrivateMessage,
): Promise<PublicMessage | undefined> {
  if (frame.encryptedSenderData.byteLength !== SALT_BYTES) return undefined;
  const { groupId, epoch } = state.groupContext;
  const key = await doorKey(env, state);
  const plain = await env.crypto.aeadOpen(
    sealingKey(env, key, frame.encryptedSenderData),
    NONCE,
    associatedData(groupId, epoch),
    frame.ciphertext,
  );
  key.fill(0);
  if (plain === undefined) return undefined;
  const { value, sizeBytes } = decodeWhole(decodeMlsMessage, plain, "e2e/bad-frame");
  if (value.wireformat !== "mls_public_message" || plain.subarray(sizeBytes).some((byte) => byte !== 0))
    throw e2eError("e2e/bad-frame");
  return value.publicMessage;
}
