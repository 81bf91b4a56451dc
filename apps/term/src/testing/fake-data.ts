/* `client.data` of the fake engine. */
import type { DataCalls, DataView, MoveView, StationView } from "@chapar/client";

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
    this.moved = { home: this.view.home, from: "old", atMs: 0, told: 3, isOldHomeTold: false, roomsLeft: 0 };
    return this.moved;
  }

  async moving(): Promise<MoveView | undefined> {
    return this.moved;
  }

  async rests(): Promise<DataView> {
    return this.view;
  }
}
