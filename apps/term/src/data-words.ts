/* Where a person's data rests, in words. */
import type { DataCategory, DataRowView, DataView, SeenOfData } from "@chapar/client";
import { printableLine } from "./printable.ts";

const CATEGORIES: Readonly<Record<DataCategory, string>> = {
  messages: "Messages waiting",
  media: "Photos and files",
  profile: "Profile",
  backup: "Backup",
  push: "Notifications",
  logs: "Operating logs",
};
const READERS: Readonly<Record<DataRowView["readableBy"], string>> = {
  sealed: "nobody but the people of the conversation",
  own: "nobody but your own devices",
  public: "whoever asks the station",
};
const SEEN: Readonly<Record<SeenOfData, string>> = {
  sizes: "sizes",
  times: "times",
  keys: "your public keys",
  devices: "how many devices",
  counts: "counts",
  "push-address": "the address that your browser gave",
};
const MODES: Readonly<Record<NonNullable<DataRowView["mode"]>, string>> = {
  none: "by law anywhere",
  copy: "by law a copy here",
  "first-write": "by law first here",
  exclusive: "by law only here",
};
const NAME_COLUMNS = 18;
/** What no proof can show. */
const LIMIT =
  "What cannot be proven: that no hidden copy exists. What can: what the station promised, signed, and what its log shows.";

function until({ keepAtLeastDays, keepAtMostDays }: DataRowView): string {
  const most = keepAtMostDays === undefined ? "until you delete it" : `at most ${keepAtMostDays} days`;
  return keepAtLeastDays === undefined || keepAtLeastDays === 0 ? most : `at least ${keepAtLeastDays} days, ${most}`;
}

function rowWords(row: DataRowView): string {
  const place = row.mode === undefined ? "" : `${MODES[row.mode]}, `;
  const seen = row.stationSees.map((word) => SEEN[word]).join(", ");
  return `${CATEGORIES[row.category].padEnd(NAME_COLUMNS)}${place}${until(row)}. Can be read by ${READERS[row.readableBy]}; the station sees ${seen}.`;
}

/** The page that `chapar data` prints. @param when  a moment in words */
export function dataWords(view: DataView, when: (atMs: number) => string): string {
  const { home, policy, fault, checkedAtMs, rows } = view;
  const law =
    policy === undefined
      ? fault === undefined
        ? ["The station says of no law that it keeps it."]
        : [`What the station sent as its policy is refused (${fault}).`]
      : [
          `Under: ${printableLine(policy.title)} (${policy.region}), in force until ${policy.until}.`,
          policy.isInLog ? "Its log has this policy." : "Its log was not seen to have this policy yet.",
        ];
  return [
    `Your data rests at ${printableLine(home.name)} (${home.region}).`,
    ...law,
    checkedAtMs === undefined ? "The station was not asked yet." : `The station was asked ${when(checkedAtMs)}.`,
    "",
    ...rows.map(rowWords),
    "Who you write with   not held: the station does not have it.",
    "",
    LIMIT,
  ].join("\n");
}
