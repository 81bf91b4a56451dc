/*
 * Op chains for tests: deterministic keys from a label and a maker that signs whatever it is told to, so that hostile
 * chains are as easy to build as honest ones. Node's own Ed25519; never for real identities.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { concatBytes, toBase64Url } from "../bytes/index.ts";
import type { ChainPorts } from "../identity/chain.ts";
import {
  type DeviceEntry,
  deviceProofBytes,
  encodeOp,
  genesisSubject,
  identityOf,
  type OpBody,
  opHash,
  opSigningBytes,
} from "../identity/op.ts";
import type { Home } from "../identity/station-ref.ts";
import { deviceId, type IdentityId, stationKey } from "../ids.ts";

const PKCS8_ED25519 = Uint8Array.from(Buffer.from("302e020100300506032b657004220420", "hex"));
const SPKI_ED25519 = Uint8Array.from(Buffer.from("302a300506032b6570032100", "hex"));

/** The item at a place that a test knows to be there. */
export function nth<T>(list: ArrayLike<T>, index: number): T {
  const item = list[index];
  if (index >= list.length || item === undefined) throw new Error(`no item ${index}`);
  return item;
}

/** An Ed25519 key pair that a label determines. */
export interface TestKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** SHA-256 and Ed25519 of node:crypto. */
export const TEST_CHAIN_PORTS: ChainPorts = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  verify: (publicKey, message, signature) => {
    if (publicKey.byteLength !== 32 || signature.byteLength !== 64) return false;
    const key = createPublicKey({
      key: Buffer.from(concatBytes(SPKI_ED25519, publicKey)),
      format: "der",
      type: "spki",
    });
    return verify(null, message, key, signature);
  },
};

/** The key pair of a label: always the same. */
export function testKey(label: string): TestKey {
  const seed = new Uint8Array(createHash("sha256").update(`test key ${label}`).digest());
  const pkcs8 = Buffer.from(concatBytes(PKCS8_ED25519, seed));
  const key: KeyObject = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    seed,
    publicKey: new Uint8Array(spki.subarray(SPKI_ED25519.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** A home at a station whose key and address a label determines. */
export function testHome(label: string, region = "IR"): Home {
  const key = stationKey(testKey(`station ${label}`).publicKey);
  return { station: { key, urls: [`https://${label}.example`] }, region };
}

/** A device's keys as its owner holds them. */
export interface TestDevice {
  readonly device: TestKey;
  readonly inboxRead: TestKey;
}

/** Keys of the device of a label. */
export function testDevice(label: string): TestDevice {
  return { device: testKey(`device ${label}`), inboxRead: testKey(`inbox ${label}`) };
}

/** The list entry of a device, with its agreement to be of `subject`. */
export function deviceEntry(subject: Uint8Array, { device, inboxRead }: TestDevice): DeviceEntry {
  const id = deviceId(device.publicKey);
  const proof = device.sign(deviceProofBytes(subject, id, inboxRead.publicKey));
  return { device: id, inboxReadKey: inboxRead.publicKey, proof };
}

/** What a test may make wrong in an op. */
export interface OpTampering {
  readonly rank?: number;
  readonly signer?: TestKey;
  readonly seq?: number;
  readonly prev?: Uint8Array;
  readonly timeMs?: number;
}

/** A growing chain with all of its keys at hand. */
export class TestChain {
  readonly ops: Uint8Array[] = [];
  /** in order of rank; a test that rotates sets it */
  rotation: readonly TestKey[];

  constructor(label: string, options: { readonly ranks?: number; readonly home?: Home } = {}) {
    this.rotation = Array.from({ length: options.ranks ?? 2 }, (_, rank) => testKey(`${label} rank ${rank}`));
    const rotationKeys = this.rotation.map((key) => key.publicKey);
    const subject = genesisSubject(rotationKeys, TEST_CHAIN_PORTS.sha256);
    this.push(
      {
        kind: "genesis",
        rotationKeys,
        device: deviceEntry(subject, testDevice(label)),
        home: options.home ?? testHome("home"),
      },
      { rank: 0 },
    );
  }

  get identity(): IdentityId {
    return identityOf(nth(this.ops, 0), TEST_CHAIN_PORTS.sha256);
  }

  /** Encodes and signs an op after the last one, with whatever is to be wrong in it, without adding it. */
  make(body: OpBody, tampering: OpTampering = {}): Uint8Array {
    const last = this.ops.at(-1);
    const rank = tampering.rank ?? 1;
    const unsigned = {
      seq: tampering.seq ?? this.ops.length,
      prev: tampering.prev ?? (last === undefined ? new Uint8Array(32) : opHash(last, TEST_CHAIN_PORTS.sha256)),
      timeMs: tampering.timeMs ?? 1_760_000_000_000 + this.ops.length,
      rank,
      body,
    };
    const signer =
      tampering.signer ?? this.rotation[rank] ?? testKey(`unknown rank ${toBase64Url(Uint8Array.of(rank))}`);
    return encodeOp({ ...unsigned, signature: signer.sign(opSigningBytes(unsigned)) });
  }

  /** As `make`, and adds it. */
  push(body: OpBody, tampering: OpTampering = {}): this {
    this.ops.push(this.make(body, tampering));
    return this;
  }

  /** Lists the device of a label. */
  addDevice(label: string, tampering: OpTampering = {}): this {
    return this.push({ kind: "device-add", device: deviceEntry(this.identity, testDevice(label)) }, tampering);
  }

  /** Revokes the device of a label. */
  revokeDevice(label: string, tampering: OpTampering = {}): this {
    return this.push({ kind: "device-revoke", device: deviceId(testDevice(label).device.publicKey) }, tampering);
  }
}
