/* `client.data` of the fake engine. */
import type { DataCalls, DataView, StationView } from "@chapar/client";

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

  async rests(): Promise<DataView> {
    return this.view;
  }
}
