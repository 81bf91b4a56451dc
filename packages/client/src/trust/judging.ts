/*
 * Before a finding is told: a bundle is verified as a stranger would, and the station's incidents are asked for. What
 * a restoration excuses is told as that and accuses nobody. A station that does not answer about incidents is judged without
 * them.
 */
import { type Incident, isExcused, openIncident, type Verdict, verifyBundle } from "@chapar/evidence";
import { decodeSignedHead } from "@chapar/log";
import { isWireError, type LogId, type StationRef, WIRE_CODES } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { Answer, StationLink } from "../link/station-link.ts";
import type { AlertRow } from "./alert-row.ts";
import { ask, askTelling } from "./asking.ts";
import { alertCode } from "./bundle-finding.ts";

/** For how long a station that cannot be asked is asked again before it is judged without its word. */
const ASKED_FOR_MS = 600_000;
const NOTHING = new Uint8Array(0);
const NO_PROOF = { shape: undefined, bundle: NOTHING } as const;

/** The station as `at` of a request: undefined for the one at the other end. */
export function elsewhere(link: StationLink, station: StationRef): StationRef | undefined {
  return equalBytes(link.hello.station, station.key) ? undefined : station;
}

/** Judges what was found. */
export class Judging {
  readonly #member: Member;
  readonly #told: (log: LogId) => void;

  /** @param told  something about a log was told to the person */
  constructor(member: Member, told: (log: LogId) => void) {
    this.#member = member;
    this.#told = told;
  }

  /** Takes every finding that was not judged; findings that come meanwhile are for the next run. */
  async run(link: StationLink): Promise<void> {
    for (const row of this.#member.alerts.unjudged()) await this.#judge(link, row);
  }

  async #judge(link: StationLink, row: AlertRow): Promise<void> {
    const { alerts, clock, evidence } = this.#member;
    const verdict = row.shape === undefined ? undefined : await verifyBundle(row.bundle, evidence);
    const shown = verdict?.ok === true ? verdict.value : headsKept(row);
    const asked = shown?.excusable === true ? await this.told(link, row.station.ref) : [];
    // Whoever could not be asked may have been restored: it is asked again for a while before it is judged without.
    if (asked === undefined && clock.nowMs() - row.noticedAtMs < ASKED_FOR_MS) return;
    const incidents = asked ?? [];
    const isRestored = shown !== undefined && isExcused(shown, incidents);
    const told = { judged: true, told: true } as const;
    await alerts.change(row.id, (now) => {
      // Another proof came while this one was judged: it is judged by itself.
      if (now.bundle !== row.bundle) return undefined;
      if (isRestored) return { ...now, ...NO_PROOF, ...told, code: "restored", sinceMs: sinceOf(incidents) };
      if (verdict?.ok !== true) return now.shape === undefined ? { ...now, ...told } : { ...now, ...NO_PROOF, ...told };
      const code = now.code === "restored" ? alertCode(verdict.value) : now.code;
      return { ...now, ...told, code };
    });
    if (row.log !== undefined) this.#told(row.log);
  }

  /** What the station says it was through, checked (E-3); nothing when it does not answer. */
  async incidents(link: StationLink, station: StationRef): Promise<readonly Incident[]> {
    return (await this.told(link, station)) ?? [];
  }

  /**
   * As `incidents`. A station elsewhere is asked over the home, then dialed directly: that the home does not reach it says nothing of it.
   *
   * @returns undefined when the station could not be asked
   */
  async told(link: StationLink, station: StationRef): Promise<readonly Incident[] | undefined> {
    const at = elsewhere(link, station);
    let isLater = false;
    const refused = (error: unknown): void => void (isLater = isWireError(error) && WIRE_CODES[error.code].retry);
    const answer = await askTelling(link, { type: "ledger.incidents", at }, refused, "ledger.incidents");
    if (answer !== undefined) return this.#opened(answer.incidents, station);
    // A refusal that may pass is none to answer.
    if (at === undefined) return isLater ? undefined : [];
    const direct = await this.#member.directs.over(station, async (path) => ({
      incidents: (await ask(path, { type: "ledger.incidents", at: undefined }, "ledger.incidents"))?.incidents ?? [],
    }));
    return direct && this.#opened(direct.incidents, station);
  }

  async #opened(claims: Answer<"ledger.incidents">["incidents"], station: StationRef): Promise<readonly Incident[]> {
    const found: Incident[] = [];
    for (const claim of claims) {
      const opened = await openIncident(claim, station.key, this.#member.evidence);
      if (opened.ok) found.push(opened.value);
    }
    return found;
  }
}

/**
 * What was found without a proof, as far as a restoration may excuse it: of a page that was refused the two heads that were kept; of
 * entries that are owed the one that promised them, for they may be among what the station lost.
 */
function headsKept(row: AlertRow): Pick<Verdict, "sinceMs" | "untilMs" | "excusable"> | undefined {
  const { shape, log, kept, station, code, noticedAtMs } = row;
  if (shape !== undefined || log === undefined) return undefined;
  const times = kept.flatMap((bytes) => {
    const head = decodeSignedHead(bytes, { stationKey: station.ref.key, logId: log });
    return head.ok ? [head.value.batch.timeMs] : [];
  });
  if (code === "withheld" && times.length === 1) times.push(noticedAtMs);
  return times.length < 2 ? undefined : { sinceMs: Math.min(...times), untilMs: Math.max(...times), excusable: true };
}

function sinceOf(incidents: readonly Incident[]): number | undefined {
  return incidents.at(-1)?.fromMs;
}
