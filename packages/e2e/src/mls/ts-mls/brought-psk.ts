/*
 * A pre-shared key on its way to one device (protocol/4-groups.md §10): sealed with HPKE over X-Wing to the hybrid key of a key
 * package, whichever suite that is of, so that a large group can be given a secret that no quantum computer learns.
 *
 *   brought = u8 version (1), opaque enc, opaque ciphertext;  info = "chapar brought psk", aad = key package ref,
 *   plaintext = opaque id, opaque secret
 */
import { ByteReader, ByteWriter, utf8 } from "@chapar/wire/bytes";
import type { KeyPackage as LibraryKeyPackage } from "ts-mls";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { e2eError } from "../../errors.ts";
import type { KeyPackage, Psk } from "../port.ts";
import { decodeWhole, readKeyPackage } from "./checks.ts";
import type { Environment } from "./environment.ts";
import { decodePrivate } from "./join.ts";
import { MAX_PSK_ID_BYTES } from "./psk.ts";

const LABEL = utf8("chapar brought psk");
const VERSION = 1;
const EMPTY = new Uint8Array(0);
const MAX_PART_BYTES = 4096;
const MIN_SECRET_BYTES = 32;
const MAX_SECRET_BYTES = 64;

/** The X-Wing key of a key package: its own where the suite has none, else the one that it opens Welcomes with. */
function hybridKeyOf(env: Environment, { extensions, initKey }: LibraryKeyPackage): Uint8Array {
  return env.chained ? (extensions[0]?.extensionData ?? EMPTY) : initKey;
}

export async function sealPsk(env: Environment, keyPackage: Uint8Array, { id, secret }: Psk): Promise<Uint8Array> {
  if (id.byteLength > MAX_PSK_ID_BYTES || secret.byteLength < MIN_SECRET_BYTES || secret.byteLength > MAX_SECRET_BYTES)
    throw new RangeError("psk: an id of at most 255 bytes, a secret of 32 to 64");
  const { keyPackage: library } = await readKeyPackage(env, keyPackage.slice());
  const ref = await makeKeyPackageRef(library, env.provider.hash);
  const plain = new ByteWriter(128).opaque(id).opaque(secret).finish();
  const sealed = await env.hybrid.seal(hybridKeyOf(env, library), LABEL, ref, plain);
  plain.fill(0);
  if (sealed === undefined) throw e2eError("e2e/bad-key-package");
  return new ByteWriter(1400).u8(VERSION).opaque(sealed.enc).opaque(sealed.ciphertext).finish();
}

/** @throws E2eError `e2e/unknown-psk` when it was sealed to another key package, was changed, or is malformed */
export async function openPsk(env: Environment, own: KeyPackage, brought: Uint8Array): Promise<Psk> {
  const { value } = decodeWhole(decodeMlsMessage, own.publicBytes, "e2e/bad-record");
  if (value.wireformat !== "mls_key_package") throw e2eError("e2e/bad-record");
  const secrets = decodePrivate(own.privateBytes, EMPTY);
  const ref = await makeKeyPackageRef(value.keyPackage, env.provider.hash);
  const reader = new ByteReader(brought.slice());
  const version = reader.u8();
  const parts = reader.finish({ enc: reader.opaque(MAX_PART_BYTES), ciphertext: reader.opaque(MAX_PART_BYTES) });
  if (!parts.ok || version !== VERSION) throw e2eError("e2e/unknown-psk");
  const key = env.chained ? secrets.hybridKey : secrets.initPrivateKey;
  const plain = await env.hybrid.open(key, parts.value.enc, LABEL, ref, parts.value.ciphertext);
  if (plain === undefined) throw e2eError("e2e/unknown-psk");
  const inner = new ByteReader(plain);
  const psk = inner.finish({
    id: inner.opaque(MAX_PSK_ID_BYTES).slice(),
    secret: inner.opaque(MAX_SECRET_BYTES).slice(),
  });
  if (!psk.ok || psk.value.secret.byteLength < MIN_SECRET_BYTES) throw e2eError("e2e/unknown-psk");
  return psk.value;
}
