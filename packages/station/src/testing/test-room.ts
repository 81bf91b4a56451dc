/*
 * The keys and entries of a room as its members would make them, without MLS: the station sees only sizes, epochs and
 * keys. Keys of an epoch follow from the room's number, so two clients of a test agree without talking.
 */
import { createHash } from "node:crypto";
import { encodeEntry, logIdOf, type LogId, type StationKey } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import { nodeSigner } from "../node/node-crypto.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** A room that a test writes. */
export class TestRoom {
  readonly number: number;
  /** the epoch its members are in */
  epoch = 0;
  readonly #signers = new Map<string, Signer>();

  constructor(number: number) {
    this.number = number;
  }

  #signer(what: string, epoch: number): Signer {
    const name = `${what} ${this.number} ${epoch}`;
    const signer = this.#signers.get(name) ?? nodeSigner(sha256(new TextEncoder().encode(name)));
    this.#signers.set(name, signer);
    return signer;
  }

  readSigner(epoch: number): Signer {
    return this.#signer("read", epoch);
  }

  writeSigner(epoch: number): Signer {
    return this.#signer("write", epoch);
  }

  get genesis(): Uint8Array {
    const nonce = sha256(Uint8Array.of(this.number & 0xff, this.number >> 8)).slice(0, 20);
    const writeKey = this.writeSigner(0).publicKey;
    return encodeEntry({ kind: "genesis", log: "room", nonce, writeKey, readKey: this.readSigner(0).publicKey });
  }

  idAt(station: StationKey): LogId {
    return logIdOf(sha256, station, this.genesis);
  }

  /** A message whose bytes a text determines. */
  message(text: string, options: { readonly epoch?: number; readonly bucketBytes?: number } = {}): Uint8Array {
    const frame = new Uint8Array(options.bucketBytes ?? 512);
    frame.set(new TextEncoder().encode(text));
    return encodeEntry({ kind: "message", epoch: options.epoch ?? this.epoch, frame });
  }

  /** A commit that ends an epoch; the room goes on when the test calls `advance`. */
  commit(options: { readonly revokes?: boolean; readonly epoch?: number; readonly text?: string } = {}): Uint8Array {
    const epoch = options.epoch ?? this.epoch;
    return encodeEntry({
      kind: "commit",
      epoch,
      nextWriteKey: this.writeSigner(epoch + 1).publicKey,
      nextReadKey: this.readSigner(epoch + 1).publicKey,
      revokesReaders: options.revokes ?? false,
      frame: new TextEncoder().encode(options.text ?? "commit"),
    });
  }

  /** The members have gone on to the next epoch. */
  advance(): void {
    this.epoch++;
  }
}

/** A knock for an inbox. */
export function knock(text: string): Uint8Array {
  return encodeEntry({ kind: "knock", frame: new TextEncoder().encode(text) });
}
