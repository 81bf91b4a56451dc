/* Door `@chapar/wire/bytes`: the only part of wire that log and carrier may import. No knowledge of any frame. */
export { ByteReader } from "./reader.ts";
export { ByteWriter } from "./writer.ts";
export type { ByteFault, Decoded } from "./result.ts";
export {
  concatBytes,
  equalBytes,
  fromBase32,
  fromBase64,
  fromBase64Url,
  fromHex,
  toBase32,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from "./encoding.ts";
export type { Sha256, Signer, Verifier } from "./ports.ts";
