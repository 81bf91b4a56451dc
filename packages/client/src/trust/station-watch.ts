/*
 * Watching the logs of stations: the newest epoch of each, held against the newest that was believed and against what a
 * witness shows over another path.
 */
import { type Bundle, generationKey } from "@chapar/evidence";
import { decodeCheckpoint, openCheckpoint, type Policy } from "@chapar/log";
import { idText, ledgerOrigin, type StationRef } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import type { AlertCode } from "../api.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { Draft } from "../store/shelf.ts";
import { ask } from "./asking.ts";
import { askFreshness } from "./claims.ts";
import { provenFinding } from "./bundle-finding.ts";
import {
  type AskConsistency,
  type Comparison,
  compareCheckpoints,
  type Fresh,
  isFallen,
  openFresh,
  type SeenCheckpoint,
} from "./freshness.ts";
import { elsewhere, type Judging } from "./judging.ts";
import { pinPolicy, quorumOf, witnessStations } from "./policy.ts";
import { newWatched, stationShelf, type WatchedRow } from "./station-row.ts";
import { knownStation } from "./stations.ts";

/** A cosignature older than this says nothing about now. */
const STALE_AFTER_MS = 150_000;
/** A log that could not be checked for so long is told. */
const TOLD_STALE_AFTER_MS = 600_000;

/** Whether any epoch is believed, and the policy it was checked under. */
interface Checked {
  readonly fresh: Fresh;
  readonly policy: Policy | undefined;
}

/** Checks the logs of stations. */
export class StationWatch {
  readonly #member: Member;
  readonly #judging: Judging;
  readonly #rows = new Map<string, WatchedRow>();
  readonly #fresh = new Map<string, Fresh>();
  /** stations that gave an epoch of their own signature when they were asked last */
  readonly #speaking = new Set<string>();
  /** checkpoints that a witness showed and nothing could be said of yet, by station */
  readonly #pending = new Map<string, SeenCheckpoint>();

  constructor(member: Member, judging: Judging) {
    this.#member = member;
    this.#judging = judging;
  }

  /** Reads what was checked before. */
  async load(): Promise<void> {
    for (const { value } of await stationShelf.range(this.#member.store, {})) {
      this.#rows.set(idText(value.ref.key), value);
    }
  }

  row(station: StationRef): WatchedRow {
    return this.#rows.get(idText(station.key)) ?? newWatched(station);
  }

  /** Whether a station gave an epoch that it signed when it was asked last, believed or not. */
  isSpeaking(station: StationRef): boolean {
    return this.#speaking.has(idText(station.key));
  }

  /** The pinned policy of a station. */
  policy(station: StationRef): Policy | undefined {
    return pinPolicy(this.row(station).policy, undefined, this.#member.sha256)?.policy;
  }

  async #held(station: StationRef): Promise<Fresh | undefined> {
    const name = idText(station.key);
    const kept = this.#fresh.get(name);
    if (kept !== undefined) return kept;
    const row = this.row(station);
    if (row.leaf.byteLength === 0) return undefined;
    return openFresh(row, station.key, this.policy(station), this.#member.evidence);
  }

  async #put(row: WatchedRow): Promise<void> {
    const draft = new Draft();
    stationShelf.put(draft, row.ref.key, row);
    draft.after(() => {
      this.#rows.set(idText(row.ref.key), row);
      this.#member.events.emit({ type: "alerts" });
    });
    await draft.commit(this.#member.store);
  }

  /** Takes the newest epoch of a station and believes it, or finds out why not. @returns what is believed now */
  async check(link: StationLink, station: StationRef): Promise<Fresh | undefined> {
    const before = this.row(station);
    const name = idText(station.key);
    this.#speaking.delete(name);
    const at = elsewhere(link, station);
    const given = await ask(link, { type: "ledger.policy", at, which: 0 }, "ledger.policy");
    const pinned = pinPolicy(before.policy, given?.text, this.#member.sha256);
    const row = { ...before, ref: station, policy: pinned?.text ?? before.policy };
    if (pinned !== undefined) await this.#lost(row, pinned.lost);
    const answer = await askFreshness(link, station);
    // A station without a log, or one that is not to be reached: nothing to check, nobody to accuse.
    if (answer === undefined) {
      await this.#missed({ ...row, lost: pinned?.lost ?? row.lost }, undefined);
      return undefined;
    }
    const fresh = await openFresh(answer, station.key, pinned?.policy, this.#member.evidence);
    if (fresh === undefined) {
      await this.#missed(row, "log/bad-checkpoint");
      return undefined;
    }
    this.#speaking.add(name);
    const doubt = await this.#doubt(link, station, fresh);
    if (doubt !== undefined) {
      await this.#missed(row, doubt);
      return undefined;
    }
    return this.#believe(link, { ...row, lost: pinned?.lost ?? row.lost }, { fresh, policy: pinned?.policy });
  }

  /** Holds a served epoch against the one that is believed. @returns why it is not believed; undefined when it is */
  async #doubt(link: StationLink, station: StationRef, fresh: Fresh): Promise<string | undefined> {
    const held = await this.#held(station);
    if (held === undefined) return undefined;
    if (fresh.generation > held.generation) {
      return (await this.#begunAnew(link, station)) ? undefined : "client/log-stale";
    }
    if (isFallen(held, fresh)) {
      await this.#forked(station, held, fresh, undefined);
      return "log/forked";
    }
    const compared = await compareCheckpoints(held, fresh, askOf(link, station), station.key, this.#member.evidence);
    if (compared.kind === "consistent") return undefined;
    // A log that ends before what was believed gives nothing to hold the two against: it was not checked.
    if (compared.kind === "unknown") return "client/log-stale";
    await this.#forked(station, held, fresh, compared.bundle);
    return "log/forked";
  }

  /** A later generation is believed when its incident says so; the person is told that the station was restored. */
  async #begunAnew(link: StationLink, station: StationRef): Promise<boolean> {
    const incidents = await this.#judging.incidents(link, station);
    const last = incidents.at(-1);
    if (last === undefined) return false;
    await this.#note(station, { code: "restored", sinceMs: last.fromMs, kept: [] });
    return true;
  }

  async #believe(link: StationLink, row: WatchedRow, { fresh, policy }: Checked): Promise<Fresh> {
    const { clock } = this.#member;
    const station = row.ref;
    const second = policy === undefined ? "unreachable" : await this.#secondPath(link, station, fresh, policy);
    const quorum = quorumOf(policy, fresh.cosigned);
    const isOld = fresh.cosignedAtMs !== undefined && clock.nowMs() - fresh.cosignedAtMs > STALE_AFTER_MS;
    const code = quorum === "missing" ? "log/quorum" : quorum === "live" && isOld ? "client/log-stale" : undefined;
    const reached = quorum === "live" && (await this.#isFinal(link, station, fresh)) ? "final" : quorum;
    const cosigned = fresh.cosigned.size;
    const enough: WatchedRow["quorum"] = reached === "missing" ? "none" : reached;
    const seen = { leaf: fresh.leaf, proof: fresh.proof, cosigned, quorum: enough };
    this.#fresh.set(idText(station.key), fresh);
    if (code !== undefined || second === "forked") {
      await this.#missed({ ...row, ...seen, paths: 1 }, second === "forked" ? "log/forked" : code);
      return fresh;
    }
    const paths = second === "same" ? 2 : 1;
    await this.#put({ ...row, ...seen, paths, checkedAtMs: clock.nowMs(), code: undefined, staleSinceMs: undefined });
    await this.#member.alerts.settled("stale", station.key, station.key);
    return fresh;
  }

  /** Whether the cosignatures are enough for the station's final policy too, whose witnesses must be pinned ones. */
  async #isFinal(link: StationLink, station: StationRef, fresh: Fresh): Promise<boolean> {
    const at = elsewhere(link, station);
    const given = await ask(link, { type: "ledger.policy", at, which: 1 }, "ledger.policy");
    const final = given && pinPolicy(given.text, undefined, this.#member.sha256)?.policy;
    if (final === undefined) return false;
    const opened = await openFresh(fresh, station.key, final, this.#member.evidence);
    const pinned = this.policy(station) ?? final;
    const known = (name: string): boolean => {
      const key = final.witnesses.get(name)?.key;
      return (
        key !== undefined && [...pinned.witnesses.values()].some((one) => equalBytes(one.key.publicKey, key.publicKey))
      );
    };
    const cosigned = [...(opened?.cosigned ?? [])].filter(known);
    return quorumOf(final, new Set(cosigned)) === "live";
  }

  /** What the last check's cosignatures were enough for. */
  quorum(station: StationRef): WatchedRow["quorum"] {
    return this.row(station).quorum;
  }

  /** The last check came to nothing; after ten minutes of that, where the log is witnessed, the person is told. */
  async #missed(row: WatchedRow, code: string | undefined): Promise<void> {
    const nowMs = this.#member.clock.nowMs();
    const staleSinceMs = code === undefined ? row.staleSinceMs : (row.staleSinceMs ?? nowMs);
    const before = this.row(row.ref);
    if (before !== row || staleSinceMs !== before.staleSinceMs || code !== before.code) {
      await this.#put({ ...row, code, staleSinceMs });
    }
    if (code === undefined || staleSinceMs === undefined || nowMs - staleSinceMs < TOLD_STALE_AFTER_MS) return;
    await this.#note(row.ref, { code: "log-stale", sinceMs: row.checkedAtMs, kept: [] });
  }

  /**
   * Asks a witness of the policy, dialed directly, for the checkpoint that it cosigned. A log that is shown to us alone and
   * ends before the witnessed one gives no proof up to it: the one that the witness reads does.
   */
  async #secondPath(
    link: StationLink,
    station: StationRef,
    fresh: Fresh,
    policy: Policy,
  ): Promise<"same" | "unreachable" | "forked"> {
    if (await this.#isPendingForked(link, station, fresh)) return "forked";
    const origin = ledgerOrigin(station.key, fresh.generation);
    for (const witness of witnessStations(policy)) {
      const held = await this.#member.directs.over(witness, async (path) => {
        const shown = await ask(path, { type: "witness.latest", origin }, "witness.checkpoint");
        const seen = shown && (await this.#opened(utf8(shown.note), station, fresh.generation));
        return seen && { seen, compared: await this.#compared(fresh, seen, station, [link, path]) };
      });
      if (held === undefined) continue;
      const { seen, compared } = held;
      if (compared.kind === "consistent") return "same";
      if (compared.kind === "unknown") {
        this.#pending.set(idText(station.key), seen);
        continue;
      }
      await this.#forked(station, fresh, seen, compared.bundle);
      return "forked";
    }
    return "unreachable";
  }

  /** Two checkpoints, by what any of these links gives of the way between them. */
  async #compared(
    a: SeenCheckpoint,
    b: SeenCheckpoint,
    station: StationRef,
    links: readonly StationLink[],
  ): Promise<Comparison> {
    for (const link of links) {
      const compared = await compareCheckpoints(a, b, askOf(link, station), station.key, this.#member.evidence);
      if (compared.kind !== "unknown") return compared;
    }
    return { kind: "unknown" };
  }

  /** Whether a log that has grown meanwhile shows that it is none with what a witness showed before. */
  async #isPendingForked(link: StationLink, station: StationRef, fresh: Fresh): Promise<boolean> {
    const name = idText(station.key);
    const seen = this.#pending.get(name);
    if (seen === undefined) return false;
    const compared = await this.#compared(fresh, seen, station, [link]);
    if (compared.kind === "unknown" && seen.generation === fresh.generation) return false;
    this.#pending.delete(name);
    if (compared.kind !== "forked") return false;
    await this.#forked(station, fresh, seen, compared.bundle);
    return true;
  }

  /** A checkpoint that a witness showed, by the station's own signature. */
  async #opened(note: Uint8Array, station: StationRef, generation: number): Promise<SeenCheckpoint | undefined> {
    const { sha256, verify } = this.#member;
    const key = generationKey(station.key, generation, sha256);
    const decoded = decodeCheckpoint(note);
    if (!decoded.ok || decoded.value.checkpoint.origin !== key.name) return undefined;
    const opened = await openCheckpoint(note, [key], { sha256, ed25519: verify });
    const own = opened.ok ? opened.value.signatures[0] : undefined;
    if (!opened.ok || own === undefined) return undefined;
    const { size, root } = opened.value.checkpoint;
    return { size, root, signature: own.signature.signature, generation };
  }

  async #forked(station: StationRef, a: SeenCheckpoint, b: SeenCheckpoint, bundle: Bundle | undefined): Promise<void> {
    const { alerts, evidence } = this.#member;
    const kept = [a, b].map(({ signature }) => signature);
    if (bundle === undefined) return this.#note(station, { code: "log-forked", sinceMs: undefined, kept });
    const of = { station: knownStation(this.#member, station), subject: station.key };
    const finding = await provenFinding(bundle, of, evidence);
    if (finding !== undefined) await alerts.record(finding);
  }

  /** A witness that was pinned is named no more: told until the station names it again. */
  async #lost({ ref, lost: before, checkedAtMs }: WatchedRow, lost: readonly string[]): Promise<void> {
    if (lost.length === 0) {
      if (before.length > 0) await this.#member.alerts.settled("witness", ref.key, ref.key);
    } else if (!lost.every((name) => before.includes(name))) {
      await this.#note(ref, { code: "witness-lost", sinceMs: checkedAtMs, kept: [] });
    }
  }

  async #note(
    station: StationRef,
    what: { readonly code: AlertCode; readonly sinceMs: number | undefined; readonly kept: readonly Uint8Array[] },
  ): Promise<void> {
    const of = { station: knownStation(this.#member, station), subject: station.key };
    await this.#member.alerts.record({ ...of, ...what, state: "open", missing: 0 });
  }
}

function askOf(link: StationLink, station: StationRef): AskConsistency {
  return async (from, to) =>
    (await ask(link, { type: "ledger.consistency", at: elsewhere(link, station), from, to }, "log.hashes"))?.hashes;
}
