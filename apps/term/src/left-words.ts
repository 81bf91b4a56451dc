/* What a station deleted of somebody who left, in words. */
import type { LeftRowView, LeftView } from "@chapar/client";
import { sizeWords } from "./size-words.ts";

const CLASSES: Readonly<Record<LeftRowView["of"], string>> = {
  account: "Keys and addresses",
  envelope: "Messages",
  blob: "Files",
  backup: "Backup",
};
const NAME_COLUMNS = 20;
const DAY_CHARS = 10;

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, DAY_CHARS);

function rowWords({ of, objects, bytes, keptObjects, keptBytes, untilMs }: LeftRowView): string {
  const gone = `${objects} deleted, ${sizeWords(bytes)}`;
  const kept =
    keptObjects === 0
      ? ""
      : `. The law keeps ${keptObjects} more, ${sizeWords(keptBytes)}, sealed at the station until ${dayOf(untilMs)}`;
  return `${CLASSES[of].padEnd(NAME_COLUMNS)}${gone}${kept}.`;
}

/** What a receipt says. */
export function leftWords({ station, atMs, isInLog, rows }: Omit<LeftView, "file">): string {
  return [
    `Station ${station} signed on ${dayOf(atMs)} what it deleted:`,
    "",
    ...rows.map(rowWords),
    "What stays: the chain of public keys, without a name, marked as ended. It tells the people you wrote with.",
    "",
    isInLog ? "Its public log has this receipt." : "This receipt was not seen in its public log yet.",
  ].join("\n");
}
