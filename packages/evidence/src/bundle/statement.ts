/* Opening what a bundle carries of a station's receipts and signed heads. */
import { decodeSignedHead, type SignedStatement, verifySignedHead } from "@chapar/log";
import type { StationKey } from "@chapar/wire";
import { type EvidenceChecked, ofLogCode, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";

/**
 * Decodes and checks a statement that stands for itself, every field written out (L-23).
 *
 * @returns `evidence/malformed` · `evidence/wrong-station` · `evidence/bad-proof` · `evidence/bad-signature`
 */
export async function openStatement(
  bytes: Uint8Array,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<SignedStatement>> {
  const decoded = decodeSignedHead(bytes);
  if (!decoded.ok) return refuse(ofLogCode(decoded.code));
  const verified = await verifySignedHead(decoded.value, station, ports);
  return verified.ok ? verified : refuse(ofLogCode(verified.code));
}
