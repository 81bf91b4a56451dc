/*
 * A letter on a channel's board (protocol/20-channels.md §4):
 *
 *   frame = nonce[12], head, body
 *   head  = AES-256-GCM(head key of the period, nonce, "chapar channel head" ‖ log ‖ period, device[32] ‖ index u32)
 *   body  = AES-256-GCM(letter key, 0, "chapar channel letter" ‖ log ‖ period ‖ device ‖ index, signature[64] ‖ opaque letter ‖ zeros)
 *
 * Letter keys are a hash ratchet for each device and period: a used key is gone.
 */
import { BUCKETS_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import type { LetterSigner } from "./period.ts";
import { type Aead, derive, type Kdf } from "./tree.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const INDEX_BYTES = 4;
const SIGNATURE_BYTES = 64;
const HEAD_BYTES = KEY_BYTES + INDEX_BYTES + TAG_BYTES;
const OVERHEAD_BYTES = NONCE_BYTES + HEAD_BYTES + TAG_BYTES;
const MAX_LETTER_BYTES = 32_768;
/** A letter key is used once. */
const NONCE = new Uint8Array(NONCE_BYTES);
/** Letters of one device that are skipped at most. */
export const MAX_SKIPPED = 4096;

/** Where a board's letter belongs. */
export interface LetterPlace {
  readonly log: Uint8Array;
  readonly period: number;
  readonly headKey: Uint8Array;
}

/** A device's ratchet in a period. */
export interface LetterChain {
  readonly device: Uint8Array;
  /** of the next letter */
  readonly index: number;
  readonly key: Uint8Array;
}

/** An opened letter and its device's ratchet after it. */
export interface OpenedLetter {
  readonly device: Uint8Array;
  readonly index: number;
  readonly letter: Uint8Array;
  readonly chain: LetterChain;
}

function step(crypto: Kdf, chain: LetterChain): LetterChain {
  return { device: chain.device, index: chain.index + 1, key: derive(crypto, chain.key, "next") };
}

function context(label: string, { log, period }: LetterPlace): ByteWriter {
  return new ByteWriter(160).text(`chapar channel ${label}`).bytes(log).index(period);
}

function bodyContext(place: LetterPlace, device: Uint8Array, index: number): Uint8Array {
  return context("letter", place).bytes(device).u32(index).finish();
}

function signedBytes(
  crypto: Pick<CryptoPort, "sha256">,
  place: LetterPlace,
  index: number,
  letter: Uint8Array,
): Uint8Array {
  return context("letter v1", place).u32(index).bytes(crypto.sha256(letter)).finish();
}

/** Seals a letter. @throws E2eError `e2e/too-large` */
export async function sealLetter(
  crypto: CryptoPort,
  place: LetterPlace,
  chain: LetterChain,
  letter: Uint8Array,
  signer: LetterSigner,
): Promise<{ readonly frame: Uint8Array; readonly chain: LetterChain }> {
  const { index } = chain;
  const signature = await signer.sign(signedBytes(crypto, place, index, letter));
  const plain = new ByteWriter(letter.byteLength + 96).bytes(signature).opaque(letter).finish();
  const size = BUCKETS_BYTES.find((bucket) => plain.byteLength + OVERHEAD_BYTES <= bucket);
  if (size === undefined) throw e2eError("e2e/too-large");
  const padded = new Uint8Array(size - OVERHEAD_BYTES);
  padded.set(plain);
  const nonce = crypto.random(NONCE_BYTES);
  const head = new ByteWriter(HEAD_BYTES).bytes(chain.device).u32(index).finish();
  const sealedHead = await crypto.aeadSeal(place.headKey, nonce, context("head", place).finish(), head);
  const key = derive(crypto, chain.key, "letter");
  const body = await crypto.aeadSeal(key, NONCE, bodyContext(place, chain.device, index), padded);
  return { frame: concatBytes(nonce, sealedHead, body), chain: step(crypto, chain) };
}

async function openHead(
  crypto: Aead,
  place: LetterPlace,
  frame: Uint8Array,
): Promise<{ readonly device: Uint8Array; readonly index: number } | undefined> {
  const nonce = frame.subarray(0, NONCE_BYTES);
  if (frame.byteLength <= OVERHEAD_BYTES) return undefined;
  const sealed = frame.subarray(NONCE_BYTES, NONCE_BYTES + HEAD_BYTES);
  const plain = await crypto.aeadOpen(place.headKey, nonce, context("head", place).finish(), sealed);
  if (plain === undefined) return undefined;
  const reader = new ByteReader(plain);
  const head = reader.finish({ device: reader.bytes(KEY_BYTES).slice(), index: reader.u32() });
  return head.ok ? head.value : undefined;
}

/**
 * Opens a letter of a period. After a refusal nothing has changed.
 *
 * @param chainOf  the ratchet of a device that may write; undefined for any other
 * @throws E2eError `e2e/bad-tag` it was not sealed by somebody in this period, or for another board · `e2e/bad-credential` its device may not write, or
 *   did not sign it · `e2e/replayed` its key was used before · `e2e/too-far` it skips too many letters · `e2e/bad-frame` it is not of the form
 */
export async function openLetter(
  crypto: CryptoPort,
  place: LetterPlace,
  frame: Uint8Array,
  chainOf: (device: Uint8Array) => LetterChain | undefined,
): Promise<OpenedLetter> {
  const head = await openHead(crypto, place, frame);
  if (head === undefined) throw e2eError("e2e/bad-tag");
  const { device, index } = head;
  const held = chainOf(device);
  if (held === undefined) throw e2eError("e2e/bad-credential");
  if (index < held.index) throw e2eError("e2e/replayed");
  if (index - held.index > MAX_SKIPPED) throw e2eError("e2e/too-far");
  let chain = held;
  while (chain.index < index) chain = step(crypto, chain);
  const key = derive(crypto, chain.key, "letter");
  const sealed = frame.subarray(NONCE_BYTES + HEAD_BYTES);
  const plain = await crypto.aeadOpen(key, NONCE, bodyContext(place, device, index), sealed);
  if (plain === undefined) throw e2eError("e2e/bad-tag");
  const reader = new ByteReader(plain);
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  const letter = reader.opaque(MAX_LETTER_BYTES).slice();
  const rest = reader.rest();
  if (!reader.finish(undefined).ok || rest.some((byte) => byte !== 0)) throw e2eError("e2e/bad-frame");
  const isSigned = await crypto.ed25519.verify(device, signedBytes(crypto, place, index, letter), signature);
  if (!isSigned) throw e2eError("e2e/bad-credential");
  return { device, index, letter, chain: step(crypto, chain) };
}
