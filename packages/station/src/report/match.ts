/*
 * Matching residency reports of several stations offline (protocol/14-residency.md K-50): what each says that it sent and took, against what
 * the other side of the same link says.
 */
import { auditEgress, type EgressAudit, type EgressLedger, type EvidencePorts } from "@chapar/evidence";
import { idText } from "@chapar/wire";
import { decodeBase64Url } from "./base64url.ts";
import type { CheckedReport } from "./verify.ts";

const bytesOf = (text: string): Uint8Array => decodeBase64Url(text) ?? new Uint8Array(0);

function ledgerOf({ body, station, epoch, policies }: CheckedReport): EgressLedger {
  const lines = body.egress.map(({ key, value }) => ({ key: bytesOf(key), value: bytesOf(value) }));
  return { station, region: body.region, policy: policies.at(-1)?.policy, lines, asOfMs: epoch.timeMs };
}

/** The station of which there is more than one report, in base32. */
export function repeatedStation(reports: readonly CheckedReport[]): string | undefined {
  const names = reports.map(({ station }) => idText(station));
  return names.find((name, i) => names.indexOf(name) < i);
}

/**
 * Matches reports that hold, one of each station.
 *
 * Cost: two signature checks a line.
 */
export async function matchReports(reports: readonly CheckedReport[], ports: EvidencePorts): Promise<EgressAudit> {
  return await auditEgress(reports.map(ledgerOf), ports);
}
