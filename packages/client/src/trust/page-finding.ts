/* What a refused page of a log says about the station that handed it over (F-20, F-21). */
import { encodeBundle } from "@chapar/evidence";
import { decodeContradiction, decodeSignedHead, type SignedStatement } from "@chapar/log";
import type { LogId, StationKey } from "@chapar/wire";
import type { AlertCode } from "../api.ts";
import type { EvidenceRow } from "../sync/log-shelf.ts";
import type { Finding } from "./finding.ts";

/** Codes of a page's fault, as people are told of them; everything else is entries that are owed and do not come. */
const CODES: Readonly<Record<string, AlertCode>> = {
  "log/forked": "forked",
  "log/rolled-back": "rolled-back",
  "log/backdated": "backdated",
  "log/bad-root": "altered",
  "log/out-of-range": "altered",
};

function statement(bytes: Uint8Array, stationKey: StationKey, logId: LogId): SignedStatement | undefined {
  const decoded = decodeSignedHead(bytes, { stationKey, logId });
  return decoded.ok ? decoded.value : undefined;
}

/** A refused page as a finding. `have`: entries that are verified. */
export function pageFinding(
  of: Pick<Finding, "station" | "conversation"> & { readonly log: LogId; readonly have: number },
  evidence: EvidenceRow,
): Finding {
  const { station, conversation, log, have } = of;
  const key = station.ref.key;
  const offered = statement(evidence.offered, key, log);
  const proof = evidence.contradiction.byteLength === 0 ? undefined : decodeContradiction(evidence.contradiction);
  const times = proof?.ok === true ? [proof.value.a.batch.timeMs, proof.value.b.batch.timeMs] : [];
  return {
    code: CODES[evidence.code] ?? "withheld",
    station,
    subject: log,
    conversation,
    log,
    sinceMs: times.length > 0 ? Math.min(...times) : offered?.batch.timeMs,
    state: proof === undefined ? "asking" : "open",
    missing: Math.max(0, (offered?.size ?? have) - have),
    bundle:
      proof === undefined
        ? undefined
        : {
            shape: "statements",
            bytes: encodeBundle({ shape: "statements", station: key, contradiction: evidence.contradiction }),
          },
    kept: [evidence.held, evidence.offered].filter(({ byteLength }) => byteLength > 0),
  };
}
