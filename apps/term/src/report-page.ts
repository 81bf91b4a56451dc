/*
 * A residency report that was checked, for people: as lines of a terminal and as a page of HTML that needs nothing from anywhere. What the log
 * shows and what is the station's word alone stand apart.
 */
import { CROSSING_CLASSES, DATA_CLASSES } from "@chapar/evidence";
import type { CheckedReport } from "@chapar/station";
import { toHex } from "@chapar/wire/bytes";
import { printableLine } from "./printable.ts";

const ISO_MINUTE_CHARS = 16;
const CLASS_WORDS = {
  account: "Accounts (key chains)",
  envelope: "Messages, sealed",
  blob: "Files, sealed",
  backup: "Backups, sealed",
  commitment: "Commitments, nameless",
  logs: "Operating logs and reports",
  "own-act": "By a person's own act",
} as const;

/** One part of the page. */
interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly none: string;
}

const minute = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, ISO_MINUTE_CHARS)}Z`;

function classes({ body }: CheckedReport): Section {
  const shown = ["account", "envelope", "commitment"];
  return {
    title: "What rests here",
    head: ["class", "count", "bytes", "Merkle root", "count and root shown by"],
    rows: DATA_CLASSES.map((of) => {
      const { count, bytes, root } = body.classes[of];
      const by = shown.includes(of) ? "the log" : "the station's word";
      return [CLASS_WORDS[of], String(count), String(bytes), printableLine(root), by];
    }),
    none: "",
  };
}

function policies({ policies: all }: CheckedReport): Section {
  return {
    title: "Policies, in the order of the log",
    head: ["leaf", "hash", "what it says"],
    rows: all.map(({ index, hash, policy }) => [
      String(index),
      hash,
      policy === undefined
        ? "the text is not in this report"
        : `${printableLine(policy.title)} (${policy.from} to ${policy.until})`,
    ]),
    none: "The log has no region policy.",
  };
}

function egress({ egress: all }: CheckedReport): Section {
  const rows = all.flatMap(({ peer, direction, amounts }) =>
    CROSSING_CLASSES.filter((of) => amounts[of].objects > 0).map((of) => [
      peer,
      direction,
      CLASS_WORDS[of],
      String(amounts[of].objects),
      String(amounts[of].bytes),
    ]),
  );
  return {
    title: "What crossed, signed by both sides",
    head: ["peer", "direction", "class", "objects", "bytes"],
    rows,
    none: "Nothing crossed to or from another station.",
  };
}

function within(atMs: number, { body }: CheckedReport): string {
  const day = new Date(atMs).toISOString().slice(0, body.from.length);
  return day >= body.from && day < body.to ? "in the period" : "before or after it";
}

function tombstones(report: CheckedReport): Section {
  return {
    title: "Removals by order",
    head: ["when", "", "reason", "reference"],
    rows: report.tombstones.map((one) => [
      minute(one.timeMs),
      within(one.timeMs, report),
      printableLine(one.reason),
      printableLine(one.reference),
    ]),
    none: "None.",
  };
}

function incidents(report: CheckedReport): Section {
  return {
    title: "Incidents",
    head: ["from", "to", "", "what", "note"],
    rows: report.incidents.map((one) => [
      minute(one.fromMs),
      minute(one.toMs),
      within(one.toMs, report),
      one.what,
      printableLine(one.note),
    ]),
    none: "None.",
  };
}

/** Lines above the tables. */
function summary(report: CheckedReport): readonly string[] {
  const { body, leaves, epoch, signedBy, unexplainedBytes, differing, complianceDays, unanswered } = report;
  const due = complianceDays === undefined ? "The law sets no date." : `${complianceDays} days to the compliance date.`;
  return [
    `Station ${body.station}, region ${printableLine(body.region)}`,
    `Period ${body.from} to ${body.to}, made ${minute(body.madeMs)}`,
    `The log: ${leaves} leaves, generation ${body.generation}, newest epoch ${epoch.number} of ${minute(epoch.timeMs)}, ${signedBy.length - 1} cosignatures (not checked here)`,
    `Bytes of which both sides of a link say different things: ${unexplainedBytes}, on ${differing} links`,
    `Challenges that others did not answer, as put through this station: ${unanswered}`,
    due,
    "No report can show that there is no covert copy. Whatever was copied is sealed.",
  ];
}

const sectionsOf = (report: CheckedReport): readonly Section[] => [
  classes(report),
  policies(report),
  egress(report),
  tombstones(report),
  incidents(report),
];

/** The report as text. */
export function reportText(report: CheckedReport): string {
  const parts = sectionsOf(report).map(({ title, rows, none }) =>
    [
      `${title}:`,
      ...(rows.length === 0 ? [`  ${none}`] : rows.map((row) => `  ${row.filter((cell) => cell !== "").join(" · ")}`)),
    ].join("\n"),
  );
  return [summary(report).join("\n"), ...parts].join("\n\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/gu, (char) => ENTITIES[char] ?? "");

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}" +
  "table{border-collapse:collapse;width:100%;margin-block-end:2rem}th,td{text-align:start;padding:.35rem .6rem;border-block-end:1px solid #ccc;" +
  "overflow-wrap:anywhere}th{white-space:nowrap}@media(prefers-color-scheme:dark){body{color:#eee;background:#16181b}th,td{border-color:#444}}";

function table({ title, head, rows, none }: Section): string {
  const cells = (row: readonly string[], tag: "th" | "td"): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  const body =
    rows.length === 0
      ? `<p>${escaped(none)}</p>`
      : `<table>${cells(head, "th")}${rows.map((row) => cells(row, "td")).join("")}</table>`;
  return `<h2>${escaped(title)}</h2>\n${body}`;
}

/** The report as a page; nothing in it is loaded from elsewhere. */
export function reportHtml(report: CheckedReport): string {
  const title = `Residency report of ${report.body.station}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    ...summary(report).map((line) => `<p>${escaped(line)}</p>`),
    ...sectionsOf(report).map(table),
    "</body></html>\n",
  ].join("\n");
}

/** The report as the line of --json. */
export function reportJson(report: CheckedReport): Readonly<Record<string, unknown>> {
  const { body, leaves, epoch, policies: laws, egress: crossed } = report;
  return {
    station: body.station,
    region: body.region,
    from: body.from,
    to: body.to,
    leaves,
    epoch: epoch.number,
    headsRoot: toHex(epoch.headsRoot),
    identitiesRoot: toHex(epoch.identitiesRoot),
    egressRoot: toHex(epoch.egressRoot),
    classes: body.classes,
    policies: laws.map(({ index, hash, policy }) => ({ index, hash, region: policy?.region ?? null })),
    egress: crossed,
    unexplainedBytes: report.unexplainedBytes,
    differing: report.differing,
    tombstones: report.tombstones.length,
    incidents: report.incidents.length,
    unanswered: report.unanswered,
    complianceDays: report.complianceDays ?? null,
  };
}
