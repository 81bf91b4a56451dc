/*
 * Checking a residency report offline, with nothing but the file (protocol/14-residency.md K-31): the log is read again from its first leaf, and
 * whatever the report says that a log can show must follow from it.
 */
import {
  auditEgress,
  type Amounts,
  decodeEgressLine,
  type EvidencePorts,
  generationKey,
  openPolicy,
  type RegionPolicy,
} from "@chapar/evidence";
import { type MapEntry, MerkleMap, openCheckpoint } from "@chapar/log";
import { type EpochLeaf, idText, type LedgerLeaf, type StationKey } from "@chapar/wire";
import { equalBytes, toHex, utf8 } from "@chapar/wire/bytes";
import { decodeBase64Url } from "./base64url.ts";
import { type ReadLog, readLog, Refused } from "./read-log.ts";
import { readReport } from "./text.ts";
import type { ReportBody, ReportFault } from "./terms.ts";

const DAY_MS = 86_400_000;

/** What crossed to or from one peer, both sides signed. */
export interface PeerEgress {
  /** key of the peer in base32 */
  readonly peer: string;
  readonly direction: "sent" | "received";
  readonly amounts: Amounts;
}

/** A report that holds. */
export interface CheckedReport {
  readonly body: ReportBody;
  readonly station: StationKey;
  /** leaves of the log */
  readonly leaves: number;
  readonly epoch: EpochLeaf;
  /** names of signatures under the checkpoint, the station's own first; only that one was checked */
  readonly signedBy: readonly string[];
  /** policies by their hash in the order in which the log has them; undefined where the text is not in the report */
  readonly policies: readonly {
    readonly index: number;
    readonly hash: string;
    readonly policy: RegionPolicy | undefined;
  }[];
  readonly tombstones: readonly Extract<LedgerLeaf, { kind: "tombstone" }>[];
  readonly incidents: readonly Extract<LedgerLeaf, { kind: "incident" }>[];
  readonly unanswered: number;
  readonly egress: readonly PeerEgress[];
  /** bytes of which both sides of a link say different things */
  readonly unexplainedBytes: number;
  /** links of which both sides say different things */
  readonly differing: number;
  /** days from when it was made to the compliance date of the newest policy; undefined without one */
  readonly complianceDays: number | undefined;
}

/** What checking gives. */
export type ReportChecked =
  | { readonly ok: true; readonly value: CheckedReport }
  | { readonly ok: false; readonly fault: ReportFault };

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) throw new Refused("not-a-report");
  return bytes;
}

/** Root of an egress map. */
function mapRoot(entries: readonly MapEntry[], ports: EvidencePorts): Uint8Array {
  const map = new MerkleMap(ports.mapHasher, 0);
  const sorted = entries.toSorted((a, b) => compareKeys(a.key, b.key));
  map.update(new Map([[0, sorted]]));
  return map.root();
}

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [toHex(a), toHex(b)];
  return left < right ? -1 : Number(left > right);
}

async function checkEgress(
  body: ReportBody,
  station: StationKey,
  epoch: EpochLeaf,
  ports: EvidencePorts,
): Promise<Pick<CheckedReport, "egress" | "unexplainedBytes" | "differing">> {
  const lines = body.egress.map(({ key, value }) => ({ key: bytesOf(key), value: bytesOf(value) }));
  if (lines.some(({ key }) => key.byteLength !== 32)) throw new Refused("bad-egress");
  if (!equalBytes(mapRoot(lines, ports), epoch.egressRoot)) throw new Refused("bad-egress");
  const ledger = { station, region: body.region, policy: undefined, lines };
  const { faults, unexplainedBytes } = await auditEgress([ledger], ports);
  if (faults.some(({ what }) => what !== "differs")) throw new Refused("bad-egress");
  const egress = lines.flatMap(({ value }): PeerEgress[] => {
    const line = decodeEgressLine(value);
    if (line === undefined) return [];
    const isOurs = equalBytes(line.sent.station, station);
    const peer = idText(isOurs ? line.received.station : line.sent.station);
    return [{ peer, direction: isOurs ? "sent" : "received", amounts: (isOurs ? line.received : line.sent).amounts }];
  });
  return { egress, unexplainedBytes, differing: faults.length };
}

async function checkPolicies(
  body: ReportBody,
  station: StationKey,
  log: ReadLog,
  ports: EvidencePorts,
): Promise<CheckedReport["policies"]> {
  const byHash = new Map<string, RegionPolicy>();
  for (const note of body.policies) {
    const opened = await openPolicy(utf8(note), station, ports);
    if (!opened.ok) throw new Refused("bad-policy");
    byHash.set(toHex(opened.value.hash), opened.value.policy);
  }
  const logged = log.notable.flatMap(({ index, leaf }) =>
    leaf.kind === "policy" ? [{ index, hash: toHex(leaf.hash), policy: byHash.get(toHex(leaf.hash)) }] : [],
  );
  const hashes = new Set(logged.map(({ hash }) => hash));
  if ([...byHash.keys()].some((hash) => !hashes.has(hash))) throw new Refused("bad-policy");
  return logged;
}

function checkClasses({ classes }: ReportBody, { epoch, leaves, root }: ReadLog): void {
  const isRight =
    classes.account.count === epoch.identityCount &&
    classes.account.root === toHex(epoch.identitiesRoot) &&
    classes.envelope.count === epoch.headCount &&
    classes.envelope.root === toHex(epoch.headsRoot) &&
    classes.commitment.count === leaves &&
    classes.commitment.root === toHex(root);
  if (!isRight) throw new Refused("bad-root");
}

function daysUntil(date: string | undefined, atMs: number): number | undefined {
  return date === undefined ? undefined : Math.ceil((dayMs(date) - atMs) / DAY_MS);
}

/** Milliseconds of a day `YYYY-MM-DD`, of UTC, which policies have checked. */
function dayMs(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const shifted = year - Number(month <= 2);
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY_MS;
}

async function check(body: ReportBody, station: StationKey, ports: EvidencePorts): Promise<CheckedReport> {
  const keys = [generationKey(station, body.generation, ports.sha256)];
  const opened = await openCheckpoint(utf8(body.checkpoint), keys, { sha256: ports.sha256, ed25519: ports.verify });
  if (!opened.ok) throw new Refused("bad-checkpoint");
  const { checkpoint, note } = opened.value;
  const log = readLog(bytesOf(body.log), ports);
  if (log.leaves !== checkpoint.size || !equalBytes(log.root, checkpoint.root)) throw new Refused("bad-log");
  checkClasses(body, log);
  const policies = await checkPolicies(body, station, log, ports);
  const egress = await checkEgress(body, station, log.epoch, ports);
  const of = <K extends LedgerLeaf["kind"]>(kind: K): Extract<LedgerLeaf, { kind: K }>[] =>
    log.notable.flatMap(({ leaf }) => (leaf.kind === kind ? [leaf as Extract<LedgerLeaf, { kind: K }>] : []));
  return {
    body,
    station,
    leaves: log.leaves,
    epoch: log.epoch,
    signedBy: note.signatures.map(({ name }) => name),
    policies,
    tombstones: of("tombstone"),
    incidents: of("incident"),
    unanswered: of("unanswered").length,
    ...egress,
    complianceDays: daysUntil(policies.at(-1)?.policy?.compliance, body.madeMs),
  };
}

/**
 * Checks a report's file.
 *
 * @param text  untrusted
 * @returns what it shows, or the first reason why it does not hold
 * Cost: every leaf of the log hashed, and two signature checks a line of egress
 */
export async function verifyReport(text: string, ports: EvidencePorts): Promise<ReportChecked> {
  const read = await readReport(text, ports);
  if (!read.ok) return read;
  try {
    return { ok: true, value: await check(read.body, read.station, ports) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault };
    throw error;
  }
}
