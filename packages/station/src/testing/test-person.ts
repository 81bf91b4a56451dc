/* A person with an op chain and devices whose keys a name determines: what a station sees of somebody. */
import {
  deviceId,
  deviceProofBytes,
  encodeEntry,
  encodeOp,
  genesisSubject,
  identityOf,
  inboxGenesis,
  logIdOf,
  opHash,
  opSigningBytes,
  type DeviceEntry,
  type IdentityId,
  type LogId,
  type OpBody,
  type StationRef,
} from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import { nodeSha256, nodeSigner } from "../node/node-crypto.ts";

/** A key pair that a text determines; signs at once. */
export interface TestKey extends Signer {
  sign(message: Uint8Array): Uint8Array;
}

/** The key pair of a text. */
export function keyOf(text: string): TestKey {
  return nodeSigner(nodeSha256(new TextEncoder().encode(`key ${text}`))) as TestKey;
}

/** An identity with all of its keys at hand. */
export class TestPerson {
  readonly name: string;
  readonly ops: Uint8Array[] = [];
  readonly #ranks: readonly [TestKey, TestKey];

  constructor(name: string, home: StationRef, region = "IR") {
    this.name = name;
    this.#ranks = [keyOf(`${name} rank 0`), keyOf(`${name} rank 1`)];
    const rotationKeys = this.#ranks.map((key) => key.publicKey);
    const device = this.#entry(genesisSubject(rotationKeys, nodeSha256), `${name} phone`);
    this.push({ kind: "genesis", rotationKeys, device, home: { station: home, region } }, 0);
  }

  /** Keys of the first device. */
  get phone(): TestKey {
    return keyOf(`${this.name} phone`);
  }

  /** Public keys by rank. */
  get rotationKeys(): readonly Uint8Array[] {
    return this.#ranks.map((key) => key.publicKey);
  }

  get identity(): IdentityId {
    return identityOf(this.ops[0] ?? new Uint8Array(0), nodeSha256);
  }

  #entry(subject: Uint8Array, label: string): DeviceEntry {
    const key = keyOf(label);
    const device = deviceId(key.publicKey);
    const inboxReadKey = keyOf(`${label} inbox`).publicKey;
    return { device, inboxReadKey, proof: key.sign(deviceProofBytes(subject, device, inboxReadKey)) };
  }

  /** Signs an op and adds it. */
  push(body: OpBody, rank: 0 | 1 = 1): Uint8Array {
    const last = this.ops.at(-1);
    const prev = last === undefined ? new Uint8Array(32) : opHash(last, nodeSha256);
    const unsigned = { seq: this.ops.length, prev, timeMs: 1_760_000_000_000, rank, body };
    const op = encodeOp({ ...unsigned, signature: this.#ranks[rank].sign(opSigningBytes(unsigned)) });
    this.ops.push(op);
    return op;
  }

  /** Lists another device. */
  addDevice(label: string): Uint8Array {
    return this.push({ kind: "device-add", device: this.#entry(this.identity, `${this.name} ${label}`) });
  }

  /** Revokes a device. */
  revokeDevice(label: string): Uint8Array {
    return this.push({ kind: "device-revoke", device: deviceId(keyOf(`${this.name} ${label}`).publicKey) });
  }

  /** Genesis entry of a device's inbox. */
  inbox(label = "phone"): Uint8Array {
    const key = keyOf(`${this.name} ${label}`);
    const inboxReadKey = keyOf(`${this.name} ${label} inbox`).publicKey;
    return encodeEntry(inboxGenesis({ device: deviceId(key.publicKey), inboxReadKey }, nodeSha256));
  }

  /** The id of a device's inbox at a station. */
  inboxAt(station: StationRef, label = "phone"): LogId {
    return logIdOf(nodeSha256, station.key, this.inbox(label));
  }

  /** The key that reads a device's inbox. */
  inboxKey(label = "phone"): TestKey {
    return keyOf(`${this.name} ${label} inbox`);
  }
}
