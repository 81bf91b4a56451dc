/*
 * The alerts of a profile, few and all in memory. A finding joins the alert of its misdeed: a proof is kept from when there is
 * one, counts only grow, and what was seen is shown again only when it became worse.
 */
import { idText, type LogId, parseIdText, type StationKey } from "@chapar/wire";
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import type { Clock } from "@chapar/carrier";
import { ClientError } from "../errors.ts";
import type { Events } from "../events.ts";
import { Lane } from "../lane.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import { type AlertRow, alertShelf } from "./alert-row.ts";
import { alertId, alertIdOf, type Family, type Finding } from "./finding.ts";

const ALERT_ID_BYTES = 32;
/** Signed objects kept of one misdeed. */
const MAX_KEPT = 4;
const NOTHING = new Uint8Array(0);

/** What the book rests on. */
export interface AlertPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Events;
  readonly sha256: Sha256;
}

/** Every alert, by id. */
export class AlertBook {
  readonly #ports: AlertPorts;
  readonly #rows = new Map<string, AlertRow>();
  readonly #lane = new Lane();

  private constructor(ports: AlertPorts) {
    this.#ports = ports;
  }

  /** Reads all rows. Cost: O(alerts). */
  static async load(ports: AlertPorts): Promise<AlertBook> {
    const book = new AlertBook(ports);
    for (const { value } of await alertShelf.range(ports.store, {})) book.#rows.set(idText(value.id), value);
    return book;
  }

  /** What people are told, newest first. */
  shown(): readonly AlertRow[] {
    return [...this.#rows.values()].filter(({ told }) => told).sort((a, b) => b.noticedAtMs - a.noticedAtMs);
  }

  /** What waits for the station's incidents. */
  unjudged(): readonly AlertRow[] {
    return [...this.#rows.values()].filter(({ judged }) => !judged);
  }

  /** By the text of its id. @throws ClientError `client/no-proof` */
  named(text: string): AlertRow {
    const bytes = parseIdText(text, ALERT_ID_BYTES);
    const row = bytes && this.#rows.get(idText(bytes));
    if (row === undefined || !row.told) throw new ClientError("client/no-proof");
    return row;
  }

  get(id: Uint8Array): AlertRow | undefined {
    return this.#rows.get(idText(id));
  }

  /** The newest alert about a conversation that was not seen. */
  unseenOf(conversation: Uint8Array): AlertRow | undefined {
    return this.shown().find(
      (row) => !row.seen && row.conversation !== undefined && equalBytes(row.conversation, conversation),
    );
  }

  /**
   * Puts a finding into a draft and writes it. The whole step runs in the book's lane; callers in a conversation's lane may
   * wait for it, never the other way round.
   */
  async note(draft: Draft, finding: Finding): Promise<AlertRow> {
    return this.#lane.run(async () => {
      const id = alertId(finding, this.#ports.sha256);
      const held = this.#rows.get(idText(id));
      const row = held === undefined ? this.#begin(id, finding) : merge(held, finding);
      if (held !== row) this.#put(draft, row);
      await draft.commit(this.#ports.store);
      return row;
    });
  }

  /** As `note`, when nothing else is written with it. */
  async record(finding: Finding): Promise<AlertRow> {
    return this.note(new Draft(), finding);
  }

  /** Changes an alert that there is; undefined leaves it as it is. */
  async change(id: Uint8Array, change: (row: AlertRow) => AlertRow | undefined): Promise<void> {
    await this.#lane.run(async () => {
      const row = this.#rows.get(idText(id));
      const next = row && change(row);
      if (next === undefined || next === row) return;
      const draft = new Draft();
      this.#put(draft, next);
      await draft.commit(this.#ports.store);
    });
  }

  /** Whether something of a log is owed, as far as is known. */
  isAsking(log: LogId): boolean {
    return [...this.#rows.values()].some(
      (row) => row.state !== "restored" && row.log !== undefined && equalBytes(row.log, log),
    );
  }

  /** What was owed of a log came after all. */
  async healed(station: StationKey, log: LogId): Promise<void> {
    await this.settled("entries", station, log);
  }

  /** What a family of findings without proof said is so no more. */
  async settled(family: Family, station: StationKey, subject: Uint8Array): Promise<void> {
    const id = alertIdOf(family, station, subject, this.#ports.sha256);
    const held = this.#rows.get(idText(id));
    // What was proved stays so; only what was missing can come back.
    const isOver = held === undefined || held.state === "restored" || (held.shape !== undefined && held.missing === 0);
    if (isOver) return;
    await this.change(id, (row) => ({ ...row, state: "restored", restored: row.missing }));
  }

  /** Messages of a log came back from members. */
  async restored(log: LogId, amount: number): Promise<void> {
    const isOf = (row: AlertRow): boolean => row.log !== undefined && equalBytes(row.log, log);
    const asking = [...this.#rows.values()].filter((row) => isOf(row) && row.missing > 0 && row.state !== "restored");
    for (const row of asking) {
      await this.change(row.id, (now) => {
        const restored = Math.min(now.missing, now.restored + amount);
        return { ...now, restored, state: restored === now.missing ? "restored" : now.state };
      });
    }
  }

  #begin(id: Uint8Array, finding: Finding): AlertRow {
    return {
      id,
      code: finding.code,
      station: finding.station,
      conversation: finding.conversation,
      log: finding.log,
      person: finding.person,
      noticedAtMs: this.#ports.clock.nowMs(),
      sinceMs: finding.sinceMs,
      state: finding.state,
      missing: finding.missing,
      restored: 0,
      shape: finding.bundle?.shape,
      bundle: finding.bundle?.bytes ?? NOTHING,
      kept: finding.kept.slice(0, MAX_KEPT),
      judged: false,
      told: false,
      seen: false,
    };
  }

  #put(draft: Draft, row: AlertRow): void {
    const { events } = this.#ports;
    alertShelf.put(draft, row.id, row);
    draft.after(() => {
      this.#rows.set(idText(row.id), row);
      if (!row.told) return events.ring();
      events.emit({ type: "alerts" });
      if (row.conversation !== undefined) {
        events.emit({ type: "conversation", conversation: idText(row.conversation) });
      }
    });
  }
}

/** A finding joins the alert of its misdeed; the very row when it says nothing new. */
function merge(row: AlertRow, finding: Finding): AlertRow {
  const isAgain = row.state === "restored";
  const isProof = finding.bundle !== undefined && row.shape === undefined;
  // What a restoration explained is found again at each try; only a proof, which is judged by itself, says more.
  if (row.code === "restored" && row.judged && !isProof) return row;
  const missing = Math.max(row.missing, row.restored + finding.missing);
  // That entries do not come says less than what was seen of them.
  const isOther = finding.code !== row.code && finding.code !== "withheld";
  const isWorse = isProof || isAgain || (row.shape === undefined && isOther);
  if (!isWorse && missing === row.missing && row.state === finding.state) return row;
  const proof =
    isProof && finding.bundle !== undefined
      ? { shape: finding.bundle.shape, bundle: finding.bundle.bytes, judged: false, sinceMs: finding.sinceMs }
      : {};
  // The first proof names the misdeed; what is found later about the same entries does not take its name away.
  // And what was told to be excused accuses nobody before a proof of it is judged.
  const isExcused = row.code === "restored" && row.judged;
  const code = row.shape === undefined && (isOther || isAgain) && !isExcused ? finding.code : row.code;
  const kept = [...row.kept, ...finding.kept].slice(0, MAX_KEPT);
  return { ...row, code, missing, state: finding.state, kept, ...proof, seen: row.seen && !isWorse };
}
