/* `client.data` of the fake engine. */
import type { DataCalls, DataView, IslandView, LeftView, MoveView, StationView } from "@chapar/client";

export class FakeData implements DataCalls {
  /** what is answered */
  view: DataView;

  constructor(home: StationView) {
    const sealed = { readableBy: "sealed", stationSees: ["sizes", "times"] } as const;
    this.view = {
      home,
      policy: undefined,
      fault: undefined,
      checkedAtMs: undefined,
      rows: [{ category: "messages", mode: undefined, keepAtLeastDays: undefined, keepAtMostDays: 180, ...sealed }],
    };
  }

  /** the move, when there was one */
  moved: MoveView | undefined;

  async move(): Promise<MoveView> {
    this.moved = {
      home: this.view.home,
      from: "old",
      atMs: 0,
      told: 3,
      isOldHomeTold: false,
      roomsLeft: 0,
      receipt: undefined,
      deletesAtMs: undefined,
    };
    return this.moved;
  }

  /** what a station answers to everything being deleted */
  left: LeftView = {
    station: "station",
    atMs: 0,
    isInLog: true,
    rows: [{ of: "blob", objects: 3, bytes: 2048, keptObjects: 1, keptBytes: 700, untilMs: 86_400_000 }],
    file: new Uint8Array([1, 2, 3]),
  };
  /** words that were given, of each call */
  readonly deleted: (string | undefined)[] = [];

  async deleteEverything(words?: string): Promise<LeftView> {
    this.deleted.push(words);
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
    return this.view;
  }
}
