/* Followed logs on disk: the verified range and heads, which are also the cursor, and the evidence of a fault. */
import {
  decodeHeldHead,
  decodeSignedHead,
  encodeHeldHead,
  encodeStatement,
  FULL_FORM,
  type HeldHead,
  type SignedStatement,
  startHeldHead,
  type TreeHasher,
} from "@chapar/log";
import { idText, type LogId, type StationKey } from "@chapar/wire";
import { ClientError } from "../errors.ts";
import type { Store } from "../store/port.ts";
import { type Draft, type Shelf, shelf } from "../store/shelf.ts";
import { blob, fields, row, text } from "../store/record.ts";

/** Two signed objects of a station that cannot both be true, or the one that was refused and the one held. */
export interface EvidenceRow {
  readonly code: string;
  /** the newest head held; empty when none was */
  readonly held: Uint8Array;
  readonly offered: Uint8Array;
  /** an encoded contradiction of @chapar/log, which anyone can check; empty when there is none */
  readonly contradiction: Uint8Array;
}

/** `fault`: by log id. */
export const evidenceShelf: Shelf<EvidenceRow> = shelf(
  "fault",
  row<EvidenceRow>(1, fields<EvidenceRow>({ code: text, held: blob, offered: blob, contradiction: blob })),
);

/** The logs this device reads. */
export class LogShelf {
  readonly #store: Store;
  readonly #hasher: TreeHasher;
  readonly #held = new Map<string, HeldHead>();
  readonly #since = new Map<string, SignedStatement>();

  constructor(store: Store, hasher: TreeHasher) {
    this.#store = store;
    this.#hasher = hasher;
  }

  /** What is verified of a log; nothing yet when it was never read. */
  async load(log: LogId, station: StationKey): Promise<HeldHead> {
    const kept = this.#held.get(idText(log));
    if (kept !== undefined) return kept;
    const bytes = await this.#store.get("log", log);
    if (bytes === undefined) return startHeldHead(station, log, this.#hasher);
    const decoded = decodeHeldHead(bytes, this.#hasher);
    if (!decoded.ok) throw new ClientError("client/bad-profile", decoded.code);
    this.#held.set(idText(log), decoded.value);
    const since = await this.#store.get("since", log);
    const first = since && decodeSignedHead(since);
    if (first?.ok === true) this.#since.set(idText(log), first.value);
    return decoded.value;
  }

  /** Statements of a log that was loaded, older first: the first that was ever verified, and those held. */
  statements(log: LogId, held: HeldHead): readonly SignedStatement[] {
    const first = this.#since.get(idText(log));
    return first === undefined ? held.heads : [first, ...held.heads];
  }

  /** Nothing of a log counts as read any more; the first head that was ever verified of it stays. */
  forget(draft: Draft, log: LogId): void {
    draft.remove("log", log);
    draft.after(() => this.#held.delete(idText(log)));
  }

  put(draft: Draft, log: LogId, held: HeldHead): void {
    draft.put("log", log, encodeHeldHead(held));
    draft.after(() => this.#held.set(idText(log), held));
    const [first] = held.heads;
    if (first === undefined || this.#since.has(idText(log))) return;
    draft.put("since", log, encodeStatement(first, FULL_FORM));
    draft.after(() => this.#since.set(idText(log), first));
  }
}
