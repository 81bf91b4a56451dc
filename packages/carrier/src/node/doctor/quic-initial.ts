/*
 * A QUIC version 1 Initial packet with a browser's hello for a name, as a censor opens it: keys from the destination connection id in
 * clear (RFC 9001 §5.2), a CRYPTO frame, padded to 1200 bytes (RFC 9000 §14.1). It is shown to a mirror; nobody goes on with it.
 */
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { browserHello } from "../../doctor/hello.ts";

/** RFC 9001 §5.2. */
const INITIAL_SALT = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");
const DATAGRAM_BYTES = 1200;
const TAG_BYTES = 16;
const NUMBER_BYTES = 4;
const RECORD_HEAD_BYTES = 5;

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac("sha256", key).update(data).digest();

/** HKDF-Expand-Label of at most one block (RFC 8446 §7.1). */
function expand(secret: Uint8Array, label: string, sizeBytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, "latin1");
  return hmac(secret, Buffer.concat([Buffer.of(0, sizeBytes, name.byteLength), name, Buffer.of(0, 1)])).subarray(
    0,
    sizeBytes,
  );
}

/** Two bytes of a varint (RFC 9000 §16). */
const varint2 = (value: number): Buffer => Buffer.of(0x40 | (value >> 8), value & 0xff);

/** One datagram of 1200 bytes. */
export function quicInitial(serverName: string): Uint8Array {
  const id = randomBytes(8);
  const secret = expand(hmac(INITIAL_SALT, id), "client in", 32);
  const [key, iv, headerKey] = [
    expand(secret, "quic key", 16),
    expand(secret, "quic iv", 12),
    expand(secret, "quic hp", 16),
  ];
  const hello = browserHello({ serverName, hasEch: false }, randomBytes).subarray(RECORD_HEAD_BYTES);
  const frame = Buffer.concat([Buffer.of(6, 0), varint2(hello.byteLength), hello]);
  // Flags, version, both ids, no token, the length: 1 + 4 + 1 + 8 + 1 + 0 + 1 + 2.
  const headBytes = 18;
  const bodyBytes = DATAGRAM_BYTES - headBytes - NUMBER_BYTES - TAG_BYTES;
  const body = Buffer.concat([frame, Buffer.alloc(Math.max(0, bodyBytes - frame.byteLength))]);
  const length = varint2(NUMBER_BYTES + body.byteLength + TAG_BYTES);
  const head = Buffer.concat([
    Buffer.of(0xc0 | (NUMBER_BYTES - 1), 0, 0, 0, 1, id.byteLength),
    id,
    Buffer.of(0, 0),
    length,
    Buffer.alloc(NUMBER_BYTES),
  ]);
  // Packet number 0: the nonce is the iv itself (RFC 9001 §5.3).
  const cipher = createCipheriv("aes-128-gcm", key, iv).setAAD(head);
  const packet = Buffer.concat([head, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  const numberAt = head.byteLength - NUMBER_BYTES;
  const sample = packet.subarray(numberAt + 4, numberAt + 4 + 16);
  const mask = createCipheriv("aes-128-ecb", headerKey, null).setAutoPadding(false).update(sample);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let i = 0; i < NUMBER_BYTES; i++) packet[numberAt + i] = (packet[numberAt + i] ?? 0) ^ (mask[1 + i] ?? 0);
  return new Uint8Array(packet);
}
