/* A region policy and its faults in words: the place as a line of the file, and the policy as a page that a person reads. */
import {
  type ClassRule,
  DATA_CLASSES,
  type DataClass,
  POLICY_FAULTS,
  type PolicyFault,
  readPolicy,
  type RegionPolicy,
} from "@chapar/evidence";
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import { printableLine } from "./printable.ts";

/** A fault with its place. */
export interface PlacedFault {
  /** from 1 */
  readonly line: number;
  readonly path: string;
  readonly code: string;
  readonly sentence: string;
}

function nodeAt(tree: Node | undefined, path: PolicyFault["path"]): Node | undefined {
  if (tree === undefined) return undefined;
  // What is missing is looked for where it should be.
  for (let length = path.length; length >= 0; length--) {
    const found = findNodeAtLocation(tree, path.slice(0, length));
    if (found !== undefined) return found;
  }
  return tree;
}

/** Where faults are in the text that they were found in. Cost: one parse of the text. */
export function placedFaults(text: string, faults: readonly PolicyFault[]): readonly PlacedFault[] {
  const tree = parseTree(text);
  return faults.map(({ path, code }) => {
    const offset = nodeAt(tree, path)?.offset ?? 0;
    const line = text.slice(0, offset).split("\n").length;
    return { line, path: path.join("."), code, sentence: POLICY_FAULTS[code] };
  });
}

/** A fault as one sentence. */
export function faultWords({ line, path, sentence }: PlacedFault): string {
  return `Line ${line}${path === "" ? "" : `, ${printableLine(path)}`}: ${sentence}.`;
}

const CLASSES: Readonly<Record<DataClass, string>> = {
  account: "Accounts (key chains)",
  envelope: "Messages, sealed",
  blob: "Files, sealed",
  backup: "Backups, sealed",
  commitment: "Commitments, nameless",
  logs: "Operating logs",
};
const MODES: Readonly<Record<ClassRule["mode"], string>> = {
  none: "anywhere",
  copy: "a copy in the region",
  "first-write": "first in the region",
  exclusive: "in the region only",
};
const CANNOT_WORDS: Readonly<Record<RegionPolicy["cannot"][number], string>> = {
  "read-content": "read what people write",
  "hand-out-keys": "hand out keys, which it does not have",
  "delete-unseen": "delete anything without its being seen",
  "alter-unseen": "alter anything without its being seen",
  "hold-anyone-captive": "keep anybody from leaving with all they have",
};
const NAME_COLUMNS = 24;
const MODE_COLUMNS = 22;

function kept({ keepAtLeastDays, keepAtMostDays }: ClassRule): string {
  const least = keepAtLeastDays === 0 ? "" : `at least ${keepAtLeastDays} days`;
  const most = keepAtMostDays === undefined ? "" : `at most ${keepAtMostDays} days`;
  return [least, most].filter((part) => part !== "").join(", ") || "as long as it is needed";
}

/** The policy as a page. @param today  `YYYY-MM-DD`, for the countdown */
export function policyPage(policy: RegionPolicy, today: string): string {
  const left = policy.compliance === undefined ? undefined : daysBetween(today, policy.compliance);
  return [
    `${printableLine(policy.title)} (${policy.region})`,
    `In force from ${policy.from} until ${policy.until}.`,
    ...(left === undefined ? [] : [`Everything rests where it should by ${policy.compliance}: ${countdown(left)}.`]),
    "",
    ...DATA_CLASSES.map((name) => {
      const rule = policy.data[name];
      return `${CLASSES[name].padEnd(NAME_COLUMNS)}${MODES[rule.mode].padEnd(MODE_COLUMNS)}${kept(rule)}`;
    }),
    `${"Who knows whom".padEnd(NAME_COLUMNS)}not held`,
    "",
    `An order to remove is carried out within ${policy.removalHours} hours, and everybody can see that it was.`,
    `What is held is handed out on a valid order within ${policy.disclosureHours} hours: sealed bytes, sizes and times.`,
    policy.saltedCommitmentsMayLeave
      ? "Commitments that name nobody may be cosigned abroad."
      : "Nothing leaves the region, not even commitments that name nobody.",
    "",
    "The operator cannot:",
    ...policy.cannot.map((word) => `  - ${CANNOT_WORDS[word]}`),
    "",
    "It answers:",
    ...policy.sources.map(({ name, reference }) => `  - ${printableLine(name)}: ${printableLine(reference)}`),
  ].join("\n");
}

const DAY_MS = 86_400_000;

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

function countdown(days: number): string {
  if (days < 0) return `overdue by ${-days} days`;
  return days === 1 ? "1 day left" : `${days} days left`;
}

const REASONS: Readonly<Record<string, string>> = {
  "not-a-note": "the file is not a signed policy",
  "not-signed": "this station did not sign it",
  "bad-signature": "it was changed after it was signed",
  "not-one-spelling": "it is not spelled as policies are signed",
  "wrong-region": "it is another region's",
  "not-yet": "it is not in force yet",
  over: "it is in force no more",
};

/** Why a signed policy is refused, for a sentence. @param why  as the station says it @param note  the file */
export function refusalReason(why: string, note: string): string {
  const known = REASONS[why];
  if (known !== undefined) return known;
  const text = note.slice(0, note.lastIndexOf("\n\n") + 1);
  const read = readPolicy(text);
  const [first] = read.ok ? [] : placedFaults(text, read.faults);
  return first === undefined ? why : faultWords(first).replace(/\.$/u, "");
}
