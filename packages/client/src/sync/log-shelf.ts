/* Followed logs on disk: the verified range and heads, which are also the cursor, and the evidence of a fault. */
import { decodeHeldHead, encodeHeldHead, type HeldHead, startHeldHead, type TreeHasher } from "@chapar/log";
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
    return decoded.value;
  }

  put(draft: Draft, log: LogId, held: HeldHead): void {
    draft.put("log", log, encodeHeldHead(held));
    draft.after(() => this.#held.set(idText(log), held));
  }
}
