/*
 * `station reports`: what residents reported to the operator, read from the station's folder, with what each proves. Nothing of it
 * is believed but what its signature says (protocol/11-chats.md N-21).
 */
import { chainPorts } from "@chapar/e2e";
import { decodeReport, type MessageReport, weighReport } from "@chapar/e2e/devices";
import { nodeCrypto } from "@chapar/e2e/node";
import { dropReport, type KeptReport, keptReports } from "@chapar/station/node";
import { idText } from "@chapar/wire";
import { decodeLetter, decodeMimi, shownParts } from "@chapar/wire/content";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printableLines } from "../printable.ts";
import type { Run } from "../run.ts";
import { dataFolder } from "./up.ts";

const WORTH = {
  proven: "signed by a device of theirs",
  claimed: "the reporter's word alone: nothing shows who wrote it",
  false: "does not hold: what it carries was not written by them",
} as const;

/** What a reported letter says. */
function textOf({ letter }: MessageReport): string {
  const opened = decodeLetter(letter);
  const content = opened.ok ? decodeMimi(opened.value.content) : undefined;
  const shown = content?.ok === true ? shownParts(content.value.body) : undefined;
  if (shown === undefined) return "";
  return [...shown.texts, ...shown.externals.map(({ filename }) => `[${filename}]`)].join("\n");
}

async function print(run: Run, { id, atMs, bytes }: KeptReport): Promise<void> {
  const report = decodeReport(bytes);
  if (!report.ok) {
    run.out.result({ event: "report", id, atMs, worth: "false", text: null }, `${id}  is no whole report.`);
    return;
  }
  const { value } = report;
  const worth = await weighReport(value, chainPorts(nodeCrypto()));
  const sender = idText(value.sender);
  const log = idText(value.log);
  const text = textOf(value);
  const date = new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
  run.out.result(
    { event: "report", id, atMs, worth, sender, log, index: value.index, text },
    [
      `${id}  ${date}  from ${sender}: ${WORTH[worth]}`,
      ...printableLines(text).map((line) => `  │ ${line}`),
      `  stands at ${log} ${value.index}`,
    ].join("\n"),
  );
}

export async function reports(
  run: Run,
  options: { readonly data?: string; readonly drop?: string },
): Promise<ExitCode> {
  const folder = dataFolder(run.root, options.data);
  if (options.drop !== undefined) {
    if (!(await dropReport(folder, options.drop))) throw new TermError("term/unknown-report", { report: options.drop });
    run.out.result({ event: "report-dropped", id: options.drop }, "It is deleted.");
    return ExitCode.ok;
  }
  const all = await keptReports(folder);
  for (const report of all) await print(run, report);
  if (all.length === 0) run.out.progress("Nothing has been reported.");
  return ExitCode.ok;
}
