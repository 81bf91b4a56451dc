/* Making a blind token (RFC 9578 §6, RFC 9474), over the library. */
import { publicVerif, TOKEN_TYPES, TokenChallenge } from "@cloudflare/privacypass-ts";

/**
 * Makes one token.
 *
 * @param issuer  what the station is called in its tokens
 * @param key  the station's key as RFC 9578 §6.5 encodes it
 * @param sign  has the station sign a blinded message
 * @returns undefined when what the station answered is no signature of that key
 * @throws what `sign` throws · Cost: about a second of computing in a browser
 */
export async function makeToken(
  issuer: string,
  key: Uint8Array,
  sign: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const client = new publicVerif.Client(publicVerif.BlindRSAMode.PSS);
  const challenge = new TokenChallenge(TOKEN_TYPES.BLIND_RSA.value, issuer, new Uint8Array(0), []);
  const request = await client.createTokenRequest(challenge, key);
  const answer = await sign(request.serialize());
  try {
    const token = await client.finalize(client.deserializeTokenResponse(answer.slice()));
    return token.serialize();
  } catch {
    // The library checks the signature that it unblinds.
    return undefined;
  }
}
