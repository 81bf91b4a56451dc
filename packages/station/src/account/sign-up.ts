/*
 * Who may have an account here. A token is a long-lived secret that the operator hands out inside invites; it says
 * nothing about the person and is not kept beside the account.
 */
import { bytesKey } from "../bytes-key.ts";

/** Decides on `account.register`. */
export interface SignUpRule {
  /** whether this token opens an account */
  accepts(token: Uint8Array): boolean | Promise<boolean>;
}

/** Anyone may register. */
export const openSignUp: SignUpRule = { accepts: () => true };

/** Nobody may register. */
export const closedSignUp: SignUpRule = { accepts: () => false };

/** Whoever shows one of these tokens. Looked up by its hash, so that comparing leaks nothing about the tokens. */
export function tokenSignUp(tokens: readonly Uint8Array[], sha256: (bytes: Uint8Array) => Uint8Array): SignUpRule {
  const hashes = new Set(tokens.map((token) => bytesKey(sha256(token))));
  return { accepts: (token) => hashes.has(bytesKey(sha256(token))) };
}
