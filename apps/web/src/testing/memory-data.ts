/* `client.data` of the in-memory engine. */
import type { DataCalls, DataRowView, DataView, MoveView, PolicyView, StationView } from "../state/client-types.ts";

const SEALED = { readableBy: "sealed", stationSees: ["sizes", "times"] } as const;
const ROW = { mode: undefined, keepAtLeastDays: undefined, keepAtMostDays: undefined } as const;
const ROWS: readonly DataRowView[] = [
  { ...ROW, category: "messages", ...SEALED, keepAtMostDays: 180 },
  { ...ROW, category: "media", ...SEALED, keepAtMostDays: 180 },
  { ...ROW, category: "profile", readableBy: "public", stationSees: ["keys", "devices", "times"] },
  { ...ROW, category: "backup", readableBy: "own", stationSees: ["sizes", "times"] },
  { ...ROW, category: "push", readableBy: "public", stationSees: ["push-address", "times"] },
  { ...ROW, category: "logs", readableBy: "public", stationSees: ["counts", "times"] },
];

/** A policy as a home in Iran would sign it. */
export const SAMPLE_POLICY: PolicyView = {
  region: "IR",
  title: "Iran: foreign messengers keep the data and activity of residents in the country",
  sources: [{ name: "Order of 2016-05-29", reference: "one year" }],
  from: "2026-11-28",
  until: "2027-11-28",
  compliance: "2027-11-28",
  removalHours: 24,
  disclosureHours: 72,
  hash: "ab".repeat(32),
  isInLog: true,
  note: "{}\n\n— home/policy AAAA\n",
};

export class MemoryData implements DataCalls {
  policy: PolicyView | undefined;
  fault: string | undefined;
  checkedAtMs: number | undefined;
  readonly #home: () => StationView;

  constructor(home: () => StationView) {
    this.#home = home;
  }

  moved: MoveView | undefined;
  /** why the next move does not come off */
  refusal: Error | undefined;

  async move(): Promise<MoveView> {
    if (this.refusal !== undefined) throw this.refusal;
    this.moved = { home: this.#home(), from: "old", atMs: 0, told: 2, isOldHomeTold: false, roomsLeft: 0 };
    return this.moved;
  }

  async moving(): Promise<MoveView | undefined> {
    return this.moved;
  }

  async rests(): Promise<DataView> {
    const { policy, fault, checkedAtMs } = this;
    const mode = policy === undefined ? undefined : ("exclusive" as const);
    const rows = ROWS.map((row) => ({ ...row, mode }));
    return { home: this.#home(), policy, fault, checkedAtMs, rows };
  }
}
