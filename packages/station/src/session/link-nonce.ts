/* The nonce that proofs on a link sign: that of its `hello`, whichever side asks. */
import type { LinkState } from "./services.ts";

/** 32 bytes. @throws what ended the link, before its hello came */
export async function linkNonce(session: LinkState): Promise<Uint8Array> {
  // Between stations either side asks; only who accepted the link has said a nonce.
  return (await session.hello)?.nonce ?? session.nonce;
}
