/*
 * An Ed25519 key as a TLS server shows it: the shortest certificate that OpenSSL takes, signed by the key itself. Nobody reads
 * the name or the dates in it; who dials compares the key (protocol/8-road.md P-60).
 *
 * X.509 v1 in DER (RFC 5280 §4.1): `SEQUENCE { tbs, SEQUENCE { id-Ed25519 }, BIT STRING signature }`, the tbs being
 * `serial, algorithm, issuer, validity, subject, subjectPublicKeyInfo`.
 */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Signer } from "@chapar/wire/bytes";

/** RFC 8410 §7: a PrivateKeyInfo up to the 32 bytes of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** RFC 8410 §4: a SubjectPublicKeyInfo up to the 32 bytes of the key. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const ED25519 = der(0x30, Buffer.from("06032b6570", "hex"));
/** Nobody's name. */
const NAME = der(0x30, der(0x31, der(0x30, Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from("x")))));
const VALIDITY = der(0x30, der(0x17, Buffer.from("250101000000Z")), der(0x18, Buffer.from("20990101000000Z")));

/** What both ends agree on: the newest version only, and a key exchange that outlives a quantum computer where it can. */
export const SEALING_TLS = {
  minVersion: "TLSv1.3",
  ecdhCurve: "X25519MLKEM768:X25519",
  sigalgs: "ed25519",
} as const;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.byteLength;
  return Buffer.concat([Buffer.from(size < 0x80 ? [tag, size] : [tag, 0x81, size]), body]);
}

function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString("base64")}\n-----END ${label}-----\n`;
}

/** A key that links can be sealed to, and that signs. */
export interface SealingIdentity extends Signer {
  readonly context: SecureContext;
}

/** The raw bytes of an Ed25519 public key; undefined when it is another kind of key. */
export function rawKey(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== "ed25519") return undefined;
  return new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.byteLength));
}

/** Makes an identity of an Ed25519 seed. @param seed 32 bytes, secret; the station's or the relay's own */
export function sealingIdentity(seed: Uint8Array): SealingIdentity {
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: "der", type: "spki" });
  const serial = der(0x02, Buffer.of(1));
  const tbs = der(0x30, serial, ED25519, NAME, VALIDITY, NAME, spki);
  const signature = der(0x03, Buffer.of(0), sign(null, tbs, privateKey));
  const certificate = der(0x30, tbs, ED25519, signature);
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    context: createSecureContext({
      ...SEALING_TLS,
      key: pem("PRIVATE KEY", pkcs8),
      cert: pem("CERTIFICATE", certificate),
    }),
  };
}
