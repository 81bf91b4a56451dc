/*
 * What whoever leads a channel derives from its seed: every period's key, the keys by which the board is written, and what only their own devices
 * read. One seed is all that has to follow them to other devices and into a backup.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { type Aead, derive, type Kdf, LeaderTree } from "./tree.ts";

const NONCE_BYTES = 12;
const EMPTY = new Uint8Array(0);

/** The period keys of an open channel, for whoever has its link. */
export function openPeriodKey(crypto: Kdf, openSeed: Uint8Array, period: number): Uint8Array {
  return derive(crypto, openSeed, "open period", period);
}

/** A leader's secrets. */
export class LeaderKeys {
  readonly #crypto: Kdf & Aead;
  readonly #secret: Uint8Array;
  readonly tree: LeaderTree;
  readonly openSeed: Uint8Array;
  readonly #isOpen: boolean;

  constructor(crypto: Kdf & Aead, seed: Uint8Array, isOpen: boolean) {
    this.#crypto = crypto;
    this.#secret = crypto.hkdfExtract("sha256", utf8("chapar channel leader"), seed);
    this.tree = new LeaderTree(crypto, seed);
    this.openSeed = derive(crypto, this.#secret, "open");
    this.#isOpen = isOpen;
  }

  periodKey(period: number): Uint8Array {
    if (this.#isOpen) return openPeriodKey(this.#crypto, this.openSeed, period);
    return derive(this.#crypto, this.#secret, "period", period);
  }

  /** Seed of the key by which the board is written in a period. */
  writeSeed(period: number): Uint8Array {
    return derive(this.#crypto, this.#secret, "write", period);
  }

  /** Seals what only the leader's devices read. @param nonce  12 random bytes */
  async sealNote(period: number, note: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> {
    const key = derive(this.#crypto, this.#secret, "note", period);
    return concatBytes(nonce, await this.#crypto.aeadSeal(key, nonce, EMPTY, note));
  }

  async openNote(period: number, sealed: Uint8Array): Promise<Uint8Array | undefined> {
    if (sealed.byteLength <= NONCE_BYTES) return undefined;
    const key = derive(this.#crypto, this.#secret, "note", period);
    return this.#crypto.aeadOpen(key, sealed.subarray(0, NONCE_BYTES), EMPTY, sealed.subarray(NONCE_BYTES));
  }
}
