/* `client.data` of the in-memory engine. */
import type {
  DataCalls,
  DataRowView,
  DataView,
  IslandView,
  LeftView,
  MoveView,
  PolicyView,
  StationView,
} from "../state/client-types.ts";

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

const KEPT_NOTHING = { keptObjects: 0, keptBytes: 0, untilMs: 0 } as const;

/** A receipt of a station whose law keeps files for half a year. */
export const SAMPLE_LEFT: LeftView = {
  station: "tehran",
  atMs: Date.UTC(2026, 10, 28, 12),
  isInLog: true,
  rows: [
    { of: "account", objects: 100, bytes: 184_320, ...KEPT_NOTHING },
    { of: "envelope", objects: 214, bytes: 1_468_006, ...KEPT_NOTHING },
    { of: "blob", objects: 0, bytes: 0, keptObjects: 63, keptBytes: 4_128_768, untilMs: Date.UTC(2027, 4, 27) },
    { of: "backup", objects: 12, bytes: 24_576, ...KEPT_NOTHING },
  ],
  file: new Uint8Array(440),
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
    this.moved = {
      home: this.#home(),
      from: "old",
      atMs: 0,
      told: 2,
      isOldHomeTold: false,
      roomsLeft: 0,
      receipt: undefined,
      deletesAtMs: undefined,
    };
    return this.moved;
  }

  /** what a station answers to everything being deleted */
  left: LeftView = SAMPLE_LEFT;
  /** words that were given, of each call */
  readonly deleted: (string | undefined)[] = [];
  /** what the engine does then */
  onDeleted = (): void => undefined;

  async deleteEverything(words?: string): Promise<LeftView> {
    if (this.refusal !== undefined) throw this.refusal;
    this.deleted.push(words);
    this.onDeleted();
    return this.left;
  }

  async moving(): Promise<MoveView | undefined> {
    return this.moved;
  }

  /** what is out of reach */
  cut: IslandView | undefined;

  async island(): Promise<IslandView | undefined> {
    return this.cut;
  }

  async rests(): Promise<DataView> {
    const { policy, fault, checkedAtMs } = this;
    const mode = policy === undefined ? undefined : ("exclusive" as const);
    const rows = ROWS.map((row) => ({ ...row, mode }));
    return { home: this.#home(), policy, fault, checkedAtMs, rows };
  }
}
