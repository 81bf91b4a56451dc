/* Reading a region policy from its text (K-1 to K-4): everything that is wrong with it at once. */
import { utf8 } from "@chapar/wire/bytes";
import { FieldReader } from "./field-reader.ts";
import {
  CANNOT,
  type ClassRule,
  DATA_CLASSES,
  type DataClass,
  POLICY_FORMAT,
  POLICY_MODES,
  POLICY_TEXT_BYTES,
  type PolicyFault,
  type PolicySource,
  type RegionPolicy,
} from "./terms.ts";

/** What reading a policy gives: itself, or everything that is wrong with it. */
export type PolicyRead =
  | { readonly ok: true; readonly value: RegionPolicy }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

const MAX_DAYS = 36_500;
/** Stations keep what was not acknowledged for so long (protocol/9-rule-r.md R-8). */
const PROMISED_DAYS = 180;
const MAX_TEXT_CHARS = 500;
const MAX_SOURCES = 32;
/** What the text of a signed note cannot hold (C2SP signed-note), but for the line end. */
// oxlint-disable-next-line no-control-regex -- the format is defined by them
const CONTROL = /[\u{0}-\u{9}\u{b}-\u{1f}\u{7f}]/u;
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/u;
const REGION = /^[A-Z]{2}$/u;
const FIELDS = [
  "format",
  "region",
  "title",
  "sources",
  "from",
  "until",
  "compliance",
  "data",
  "relationship",
  "saltedCommitmentsMayLeave",
  "removalHours",
  "disclosureHours",
  "cannot",
];

/** The text of a policy as it is signed: one spelling for each policy, so that nothing hides in it (K-4). */
export function policyText(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function isDate(text: string): boolean {
  const days = /-(\d\d)-(\d\d)$/u.exec(text);
  if (days === null) return false;
  const year = Number(text.slice(0, 4));
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return Number(days[2]) <= (lengths[Number(days[1]) - 1] ?? 0);
}

function readDate(from: FieldReader, field: string): string {
  const text = from.matching(field, DATE, "bad-date");
  if (text !== "" && !isDate(text)) from.fault(field, "bad-date");
  return text;
}

function readClass(data: FieldReader, name: DataClass): ClassRule {
  const rule = data.object(name, ["mode", "keepAtLeastDays", "keepAtMostDays"]);
  const mode = rule.word("mode", POLICY_MODES) ?? "none";
  const keepAtLeastDays = rule.number("keepAtLeastDays", MAX_DAYS);
  const keepAtMostDays = rule.has("keepAtMostDays") ? rule.number("keepAtMostDays", MAX_DAYS) : undefined;
  if (keepAtMostDays !== undefined && keepAtLeastDays > keepAtMostDays)
    rule.fault("keepAtMostDays", "floor-above-ceiling");
  if (name === "envelope" && keepAtMostDays !== undefined && keepAtMostDays < PROMISED_DAYS)
    rule.fault("keepAtMostDays", "below-promise");
  return { mode, keepAtLeastDays, keepAtMostDays };
}

function readSources(top: FieldReader): readonly PolicySource[] {
  const given = top.list("sources");
  if (given.length > MAX_SOURCES) top.fault("sources", "bad-number");
  return given.slice(0, MAX_SOURCES).map((_, at) => {
    const source = top.object("sources", ["name", "reference"], at);
    return { name: source.text("name", MAX_TEXT_CHARS), reference: source.text("reference", MAX_TEXT_CHARS) };
  });
}

function readDocument(document: unknown, faults: PolicyFault[]): RegionPolicy {
  const top = new FieldReader([], document, FIELDS, faults);
  top.word("format", [POLICY_FORMAT]);
  const region = top.matching("region", REGION, "bad-region");
  const title = top.text("title", MAX_TEXT_CHARS);
  const sources = readSources(top);
  const from = readDate(top, "from");
  const until = readDate(top, "until");
  const compliance = top.has("compliance") ? readDate(top, "compliance") : undefined;
  if (from !== "" && until !== "" && until <= from) top.fault("until", "ends-first");
  if (compliance !== undefined && compliance > until && until !== "") top.fault("compliance", "complies-after");
  const classes = top.object("data", DATA_CLASSES);
  // Every class was read, by name.
  const data = Object.fromEntries(DATA_CLASSES.map((name) => [name, readClass(classes, name)])) as RegionPolicy["data"];
  top.word("relationship", ["not held"]);
  const saltedCommitmentsMayLeave = top.flag("saltedCommitmentsMayLeave");
  if (saltedCommitmentsMayLeave && data.commitment.mode === "exclusive")
    top.fault("saltedCommitmentsMayLeave", "both-ways");
  const removalHours = top.number("removalHours", MAX_DAYS);
  const disclosureHours = top.number("disclosureHours", MAX_DAYS);
  const cannot = top.words("cannot", CANNOT);
  if (top.has("cannot") && CANNOT.some((word) => !cannot.includes(word))) top.fault("cannot", "claims-ability");
  return {
    region,
    title,
    sources,
    from,
    until,
    compliance,
    data,
    saltedCommitmentsMayLeave,
    removalHours,
    disclosureHours,
    cannot,
  };
}

/**
 * Reads a policy as a person wrote it, in any spelling of JSON.
 *
 * @returns the policy, or every fault with the path to where it is
 * Cost: linear in the text, of which 65,536 bytes are taken.
 */
export function readPolicy(text: string): PolicyRead {
  if (CONTROL.test(text) || !text.endsWith("\n") || !text.isWellFormed() || utf8(text).byteLength > POLICY_TEXT_BYTES)
    return { ok: false, faults: [{ path: [], code: "not-a-note-text" }] };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { ok: false, faults: [{ path: [], code: "not-json" }] };
  }
  const faults: PolicyFault[] = [];
  const value = readDocument(document, faults);
  return faults.length === 0 ? { ok: true, value } : { ok: false, faults };
}
