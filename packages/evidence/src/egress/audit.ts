/*
 * Matching the ledgers of both sides (protocol/14-residency.md K-22): every line of every station is checked, lines of one link are
 * compared, and what crossed is compared with the law of where it came from. Offline and without secrets.
 */
import { idText, type StationKey } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { EvidencePorts } from "../ports.ts";
import type { RegionPolicy } from "../policy/terms.ts";
import { addAmounts, type Amounts, amountsOf, CROSSING_CLASSES, noAmounts } from "./amounts.ts";
import { decodeEgressLine, type EgressLine, egressKey, talliesContradict, verifyTally } from "./tally-word.ts";

/** What one station's log has of egress. */
export interface EgressLedger {
  readonly station: StationKey;
  /** of its policy, or as it says */
  readonly region: string;
  readonly policy: RegionPolicy | undefined;
  /** all lines of its egress map, as they lead to the root in its epoch */
  readonly lines: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  /** time of that epoch by its own clock; without it the lines are taken to be of now */
  readonly asOfMs?: number;
}

/** Something that is wrong with a ledger, and whose it is. */
export interface EgressFault {
  readonly what:
    /** a line that its two stations did not both sign, or that stands under a key that is not its own */
    | "forged"
    /** both signed, and they say different amounts of one mark */
    | "differs"
    /** a station's words about one link contradict each other */
    | "contradicts"
    /** the other side has a line with this station's signature, which this one leaves out */
    | "omitted"
    /** something crossed that the law of where it came from keeps */
    | "unlawful";
  /** key of the station in base32 */
  readonly station: string;
  /** the link, in hex */
  readonly link: string;
}

/** What matching gives. */
export interface EgressAudit {
  /** sums over all lines that both signed alike */
  readonly matched: Amounts;
  /** bytes that one side says and the other does not */
  readonly unexplainedBytes: number;
  readonly faults: readonly EgressFault[];
  /** links that one ledger has and the other cannot have, because it is of before */
  readonly later: number;
  /** links whose other side is not among the ledgers: their lines are checked by both signatures alone */
  readonly alone: number;
}

/** How long a line may be on its way into the map after a station signed its word; a mark comes every 10 s (K-20). */
const SETTLE_MS = 60_000;

interface Held {
  readonly by: EgressLedger;
  readonly line: EgressLine;
}

async function readLines(
  ledgers: readonly EgressLedger[],
  ports: EvidencePorts,
  fault: (what: EgressFault["what"], by: StationKey, link: Uint8Array) => void,
): Promise<Map<string, Held[]>> {
  const byLink = new Map<string, Held[]>();
  for (const by of ledgers) {
    for (const { key, value } of by.lines) {
      const line = decodeEgressLine(value);
      const isOurs =
        line !== undefined && [line.sent, line.received].some((word) => equalBytes(word.station, by.station));
      const isTrue =
        line !== undefined &&
        isOurs &&
        equalBytes(key, egressKey(line.sent.station, line.received.station, line.sent.link, ports.sha256)) &&
        (await verifyTally(line.sent, ports)) &&
        (await verifyTally(line.received, ports));
      if (line === undefined || !isTrue) {
        fault("forged", by.station, line?.sent.link ?? key);
        continue;
      }
      const name = toHex(key);
      byLink.set(name, [...(byLink.get(name) ?? []), { by, line }]);
    }
  }
  return byLink;
}

function differenceBytes({ sent, received }: EgressLine): number {
  return CROSSING_CLASSES.reduce((sum, of) => sum + Math.abs(sent.amounts[of].bytes - received.amounts[of].bytes), 0);
}

function keeps({ policy, region }: EgressLedger, to: EgressLedger, amounts: Amounts): boolean {
  if (policy === undefined || region === to.region) return false;
  return CROSSING_CLASSES.some((of) => {
    if (of === "own-act" || amounts[of].objects === 0) return false;
    return policy.data[of].mode === "exclusive" || (of === "commitment" && !policy.saltedCommitmentsMayLeave);
  });
}

/**
 * Matches ledgers.
 *
 * @param ledgers  of as many stations as are at hand; a line whose other side is not among them is checked by its signatures alone
 * Cost: two signature checks a line.
 */
export async function auditEgress(ledgers: readonly EgressLedger[], ports: EvidencePorts): Promise<EgressAudit> {
  const faults: EgressFault[] = [];
  const fault = (what: EgressFault["what"], by: StationKey, link: Uint8Array): void =>
    void faults.push({ what, station: idText(by), link: toHex(link) });
  const of = (key: StationKey): EgressLedger | undefined => ledgers.find(({ station }) => equalBytes(station, key));
  let matched = noAmounts();
  let unexplainedBytes = 0;
  let later = 0;
  let alone = 0;
  for (const held of (await readLines(ledgers, ports, fault)).values()) {
    const [newest] = held.toSorted((a, b) => b.line.sent.number - a.line.sent.number);
    if (newest === undefined) continue;
    const { line } = newest;
    const { link } = line.sent;
    for (const { line: other } of held)
      for (const side of ["sent", "received"] as const)
        if (talliesContradict(line[side], other[side])) fault("contradicts", line[side].station, link);
    for (const side of [line.sent, line.received]) {
      const ledger = of(side.station);
      if (ledger === undefined) alone++;
      else if (held.some(({ by }) => by === ledger)) continue;
      // By its own clock on both sides, so that nobody else's makes it look as if it left something out.
      else if (side.timeMs + SETTLE_MS > (ledger.asOfMs ?? Infinity)) later++;
      else fault("omitted", side.station, link);
    }
    const apart = differenceBytes(line);
    if (apart > 0) fault("differs", line.received.station, link);
    unexplainedBytes += apart;
    matched = addAmounts(matched, lower(line));
    const [from, to] = [of(line.sent.station), of(line.received.station)];
    if (from !== undefined && to !== undefined && keeps(from, to, upper(line))) fault("unlawful", from.station, link);
  }
  return { matched, unexplainedBytes, faults, later, alone };
}

const lower = ({ sent, received }: EgressLine): Amounts =>
  amountsOf((of) => ({
    objects: Math.min(sent.amounts[of].objects, received.amounts[of].objects),
    bytes: Math.min(sent.amounts[of].bytes, received.amounts[of].bytes),
  }));

const upper = ({ sent, received }: EgressLine): Amounts =>
  amountsOf((of) => ({
    objects: Math.max(sent.amounts[of].objects, received.amounts[of].objects),
    bytes: Math.max(sent.amounts[of].bytes, received.amounts[of].bytes),
  }));
