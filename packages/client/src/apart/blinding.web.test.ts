/* The library in a real browser: a token that is made there verifies. */
import { publicVerif } from "@cloudflare/privacypass-ts";
import { expect, it } from "vitest";
import { makeToken } from "./blinding.ts";

it("U-10 a token is made in a browser, and a false answer makes none", async () => {
  const mode = publicVerif.BlindRSAMode.PSS;
  const algorithm = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const { privateKey, publicKey } = await publicVerif.Issuer.generateKey(mode, algorithm);
  const issuer = new publicVerif.Issuer(mode, "station", privateKey, publicKey);
  const key = await publicVerif.getPublicKeyBytes(publicKey);
  const { TOKEN_TYPES, Token } = await import("@cloudflare/privacypass-ts");
  const sign = async (request: Uint8Array): Promise<Uint8Array> => {
    const asked = publicVerif.TokenRequest.deserialize(TOKEN_TYPES.BLIND_RSA, request.slice());
    return (await issuer.issue(asked)).serialize();
  };
  const token = await makeToken("station", key, sign);
  const read = Token.deserialize(TOKEN_TYPES.BLIND_RSA, token?.slice() ?? new Uint8Array(0));
  expect(await new publicVerif.Origin(mode).verify(read, publicKey)).toBe(true);
  const falsely = await makeToken("station", key, async (request) => (await sign(request)).map((byte) => byte ^ 1));
  expect(falsely).toBeUndefined();
});
