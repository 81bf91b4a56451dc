/*
 * Recovery words: 24 words of BIP-39's English list for 32 random bytes, and the seed of rank 0 that follows from those
 * bytes. BIP-39's PBKDF2 step is left out (protocol/3-identity.md I-20): it stretches weak passphrases, and 256 random bits
 * need no stretching. The word list is loaded when words are shown or typed, not when an identity is made.
 */
import { utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import { Secret } from "./secret.ts";

const ENTROPY_BYTES = 32;
const WORDS = 24;
const SEED_BYTES = 32;
const RANK_0_INFO = utf8("chapar rank 0 v1");

/** What the words stand for: 32 random bytes. */
export type RecoveryEntropy = Secret<"recovery entropy">;
/** Seed of an Ed25519 rotation key. */
export type RotationSeed = Secret<"rotation seed">;

/** New entropy. Cost: 32 random bytes. */
export function newRecoveryEntropy(crypto: Pick<CryptoPort, "random">): RecoveryEntropy {
  return new Secret("recovery entropy", crypto.random(ENTROPY_BYTES));
}

/** The seed of the rank-0 key: HKDF-SHA256 of the entropy. */
export function rankZeroSeed(
  entropy: RecoveryEntropy,
  crypto: Pick<CryptoPort, "hkdfExtract" | "hkdfExpand">,
): RotationSeed {
  const key = crypto.hkdfExtract("sha256", new Uint8Array(0), entropy.expose());
  const seed = crypto.hkdfExpand("sha256", key, RANK_0_INFO, SEED_BYTES);
  key.fill(0);
  return new Secret("rotation seed", seed);
}

/** The 24 words to write down. Loads the word list. */
export async function wordsOf(entropy: RecoveryEntropy): Promise<readonly string[]> {
  const { entropyToMnemonic } = await import("@scure/bip39");
  const { wordlist } = await import("@scure/bip39/wordlists/english.js");
  return entropyToMnemonic(entropy.expose(), wordlist).split(" ");
}

/**
 * The entropy of words as a person typed them: any white space, any case.
 *
 * @throws E2eError `e2e/bad-words` for another count, an unknown word or a wrong checksum
 */
export async function entropyOf(text: string): Promise<RecoveryEntropy> {
  const { mnemonicToEntropy } = await import("@scure/bip39");
  const { wordlist } = await import("@scure/bip39/wordlists/english.js");
  const words = text.normalize("NFKD").toLowerCase().trim().split(/\s+/u);
  if (words.length !== WORDS) throw e2eError("e2e/bad-words");
  let entropy: Uint8Array;
  try {
    entropy = mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    // The library's message quotes the words; it must not travel as a cause.
    throw e2eError("e2e/bad-words");
  }
  return new Secret("recovery entropy", entropy);
}
