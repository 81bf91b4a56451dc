/* What each kind of data is, and what a station sees of it: facts of the protocol, not of one station. */
import type { DataClass, RegionPolicy } from "@chapar/evidence";
import type { DataCategory, DataRowView } from "../data-api.ts";

/** Bodies that nobody acknowledged are kept so long (protocol/9-rule-r.md R-8). */
const KEPT_DAYS = 180;

type Fact = Pick<DataRowView, "readableBy" | "stationSees"> & {
  readonly ofClass: DataClass;
  /** days after which the protocol lets it go; undefined: when the person does */
  readonly days: number | undefined;
};

const FACTS: Readonly<Record<DataCategory, Fact>> = {
  messages: { ofClass: "envelope", days: KEPT_DAYS, readableBy: "sealed", stationSees: ["sizes", "times"] },
  media: { ofClass: "blob", days: KEPT_DAYS, readableBy: "sealed", stationSees: ["sizes", "times"] },
  profile: { ofClass: "account", days: undefined, readableBy: "public", stationSees: ["keys", "devices", "times"] },
  backup: { ofClass: "backup", days: undefined, readableBy: "own", stationSees: ["sizes", "times"] },
  push: { ofClass: "account", days: undefined, readableBy: "public", stationSees: ["push-address", "times"] },
  logs: { ofClass: "logs", days: undefined, readableBy: "public", stationSees: ["counts", "times"] },
};

/** In the order in which they are shown. */
const CATEGORIES: readonly DataCategory[] = ["messages", "media", "profile", "backup", "push", "logs"];

/** The rows, under a policy or without one. */
export function dataRows(policy: RegionPolicy | undefined): readonly DataRowView[] {
  return CATEGORIES.map((category) => {
    const { ofClass, days, readableBy, stationSees } = FACTS[category];
    const rule = policy?.data[ofClass];
    return {
      category,
      mode: rule?.mode,
      keepAtLeastDays: rule?.keepAtLeastDays,
      keepAtMostDays: rule?.keepAtMostDays ?? days,
      readableBy,
      stationSees,
    };
  });
}
