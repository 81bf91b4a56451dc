/* `report make | verify | match`: what a station hands to a regulator (protocol/14-residency.md §4), and the checks that anyone makes offline. */
import { readFile, writeFile } from "node:fs/promises";
import { createEvidencePorts } from "@chapar/evidence";
import {
  type CheckedReport,
  matchReports,
  repeatedStation,
  REPORT_FAULTS,
  type ReportChecked,
  type ReportFault,
  verifyReport,
} from "@chapar/station";
import { makeReport, nodeSha256, nodeVerifier } from "@chapar/station/node";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { matchText } from "../match-words.ts";
import { reportHtml, reportJson, reportText } from "../report-page.ts";
import type { Run } from "../run.ts";
import { readSettings } from "../station-settings.ts";
import { dataFolder } from "./up.ts";

const PERIOD = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/u;

/** What `report make` is told. */
export interface MakeOptions {
  readonly period: string;
  readonly out?: string;
  readonly data?: string;
}

function periodOf(text: string): { readonly from: string; readonly to: string } {
  const [, from = "", to = ""] = PERIOD.exec(text) ?? [];
  const areDays = [from, to].every((day) => !Number.isNaN(Date.parse(day)));
  if (from === "" || !areDays || from >= to) {
    const problem = `A period is two days, FROM..TO, such as 2026-11-01..2026-12-01, and not ${text}.`;
    throw new TermError("term/usage", { problem, command: "report make " });
  }
  return { from, to };
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new TermError("term/cannot-write", { path, reason }, { cause });
  }
}

const ports = createEvidencePorts(nodeSha256, nodeVerifier());

/** `report make`: a signed report of a folder, and the same as a page. */
export async function make(run: Run, options: MakeOptions): Promise<ExitCode> {
  const { from, to } = periodOf(options.period);
  const folder = dataFolder(run.root, options.data);
  const region = readSettings(folder).region ?? "";
  const text = await makeReport(folder, { from, to, region, madeMs: Date.now() });
  const checked = await verifyReport(text, ports);
  if (!checked.ok) throw new TermError("term/bad-report", { reason: REPORT_FAULTS[checked.fault] });
  const path = options.out ?? `residency-${from}-${to}.json`;
  const page = `${path.replace(/\.json$/u, "")}.html`;
  await write(path, text);
  await write(page, reportHtml(checked.value));
  run.out.result(
    { event: "report-made", path, page, ...reportJson(checked.value) },
    `Written to ${path}, and as a page to ${page}. Anyone checks it offline: ./chapar report verify ${path}`,
  );
  return ExitCode.ok;
}

async function checkedFile(path: string): Promise<ReportChecked> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === "ENOENT" ? "it is not there" : (code ?? "");
    throw new TermError("term/no-file", { path, reason }, { cause });
  }
  return await verifyReport(text, ports);
}

function refused(run: Run, path: string, fault: ReportFault): ExitCode {
  const reason = REPORT_FAULTS[fault];
  run.out.result({ event: "report", path, holds: false, fault, reason }, `${path} does not hold: ${reason}.`);
  return ExitCode.badInput;
}

/** `report verify`: whether a report holds, and what it shows. */
export async function verify(run: Run, path: string): Promise<ExitCode> {
  const checked = await checkedFile(path);
  if (!checked.ok) return refused(run, path, checked.fault);
  run.out.result(
    { event: "report", path, holds: true, ...reportJson(checked.value) },
    `${path} holds.\n\n${reportText(checked.value)}`,
  );
  return ExitCode.ok;
}

/** `report match`: whether what stations say of each other in their reports is the same; 1 when it is not, 65 when a file does not hold. */
export async function match(run: Run, paths: readonly string[]): Promise<ExitCode> {
  const reports: CheckedReport[] = [];
  for (const path of paths) {
    const checked = await checkedFile(path);
    if (!checked.ok) return refused(run, path, checked.fault);
    reports.push(checked.value);
  }
  const twice = repeatedStation(reports);
  if (twice !== undefined) {
    const problem = `Two of these reports are of station ${twice}; matching takes one of each station.`;
    throw new TermError("term/usage", { problem, command: "report match " });
  }
  const audit = await matchReports(reports, ports);
  const isRight = audit.unexplainedBytes === 0 && audit.faults.length === 0;
  const stations = reports.map(({ body }) => body.station);
  run.out.result({ event: "match", matches: isRight, stations, ...audit }, matchText(audit));
  return isRight ? ExitCode.ok : ExitCode.notProven;
}
