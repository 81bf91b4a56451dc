/*
 * Checks a proof as a stranger would: offline, knowing nothing but what is in the file. Loaded with the first file that is
 * opened; the checking itself is `@chapar/evidence`.
 */
import { webCrypto } from "@chapar/e2e/web";
import { createEvidencePorts, isExcused, verifyBundle } from "@chapar/evidence";
import type { Verdict } from "@chapar/evidence";
import { toBase32 } from "@chapar/wire/bytes";

/** What a proof establishes, as a screen says it. */
export type ProofVerdict = Pick<Verdict, "shape" | "fault" | "sinceMs" | "untilMs" | "excusable"> & {
  /** base32 of the key that signed */
  readonly stationKey: string;
};

/** Whether what a station says it was through explains what a proof shows (E-31). */
export function isExplained(verdict: ProofVerdict, incidents: Parameters<typeof isExcused>[1]): boolean {
  return isExcused(verdict, incidents);
}

/** The verdict on a file's bytes; `false`: it proves nothing · `newer`: a kind that this version does not know. */
export async function verifyProof(bytes: Uint8Array): Promise<ProofVerdict | "false" | "newer"> {
  const crypto = webCrypto();
  const ports = createEvidencePorts(
    (piece) => crypto.sha256(piece),
    async (key, message, signature) => crypto.ed25519.verify(key, message, signature),
  );
  const checked = await verifyBundle(bytes, ports);
  if (!checked.ok) return checked.code === "evidence/unknown-shape" ? "newer" : "false";
  const { shape, fault, sinceMs, untilMs, excusable, station } = checked.value;
  return { shape, fault, sinceMs, untilMs, excusable, stationKey: toBase32(station) };
}
