/*
 * `audit`: whether entries that nobody could choose before are really at a station, and how soon it can show them
 * (protocol/14-residency.md §5). Everything that the station says is checked here, with nothing secret.
 */
import { readFile } from "node:fs/promises";
import { createEvidencePorts } from "@chapar/evidence";
import {
  AUDIT_FAULTS,
  AUDIT_MAX_BYTES,
  AUDIT_MAX_COUNT,
  type AuditQuestion,
  checkAudit,
  type CheckedAudit,
} from "@chapar/station";
import { loadAuditKey, nodeSha256, nodeVerifier } from "@chapar/station/node";
import { idText, parseIdText, stationKey, type StationKey } from "@chapar/wire";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { readSettings } from "../station-settings.ts";
import { dataFolder } from "./up.ts";

const STATION_KEY_BYTES = 32;
const WAIT_MS = 60_000;

/** What `audit` is told. */
export interface AuditOptions {
  readonly nonce?: string;
  readonly count: number;
  /** how soon an answer has to be there, in ms */
  readonly within: number;
  readonly data?: string;
  readonly url?: string;
  readonly key?: string;
  readonly station?: string;
  readonly checkpoint?: string;
}

function usage(problem: string): TermError {
  return new TermError("term/usage", { problem, command: "audit " });
}

function questionOf({ nonce, count }: AuditOptions): AuditQuestion {
  if (nonce === undefined || !/^[0-9a-f]{64}$/iu.test(nonce))
    throw usage(
      "An audit needs --nonce, 64 hex digits that nobody knew before, such as `openssl rand -hex 32` prints.",
    );
  if (count < 1 || count > AUDIT_MAX_COUNT) throw usage(`An audit is of 1 to ${AUDIT_MAX_COUNT} entries.`);
  return { nonce: new Uint8Array(Buffer.from(nonce, "hex")), count };
}

function stationOf(text: string | undefined): StationKey | undefined {
  if (text === undefined) return undefined;
  const key = parseIdText(text, STATION_KEY_BYTES);
  if (key === undefined) throw usage("A station's key is 52 letters and digits, as `report verify` prints it.");
  return stationKey(key);
}

interface Asked {
  readonly url: string;
  readonly key: string;
}

/** Whom to ask: a station by its address and audit key, or the one that runs on a folder of this machine. */
function whom(run: Run, { url, key, data }: AuditOptions): Asked {
  if (url !== undefined) {
    if (key === undefined) throw usage("A station is asked with its audit key: --key, as `audit key` prints it there.");
    return { url, key: key.toLowerCase() };
  }
  const folder = dataFolder(run.root, data);
  const held = loadAuditKey(folder);
  const { port } = readSettings(folder);
  if (port === undefined) throw usage(`It is not known where the station of ${folder} answers: say --url and --key.`);
  return { url: `http://127.0.0.1:${port}`, key: held };
}

/** What a station said; of more than an answer can have, only so much that it is none. */
async function bounded({ body }: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body ?? []) {
    pieces.push(piece);
    sizeBytes += piece.byteLength;
    if (sizeBytes > AUDIT_MAX_BYTES) break;
  }
  return new Uint8Array(Buffer.concat(pieces));
}

async function got(run: Run, { url, key }: Asked, path: string): Promise<Uint8Array> {
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(WAIT_MS)]);
  try {
    const answer = await fetch(`${url}${path}`, { signal, headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new TermError("term/no-audit", { url, status: String(answer.status) });
    return await bounded(answer);
  } catch (cause) {
    run.signal.throwIfAborted();
    throw cause instanceof TermError ? cause : new TermError("term/no-station", { url }, { cause });
  }
}

async function groundOf(run: Run, asked: Asked, path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) return await got(run, asked, "/log/checkpoint");
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new TermError("term/no-file", { path, reason: code === "ENOENT" ? "it is not there" : code }, { cause });
  }
}

function rowOf({ sampled, proven, removed, pruned, expired, missing }: CheckedAudit, ms: number): string {
  const gone = [`${removed} removed`, `${pruned} pruned`, `${expired} expired`].filter((one) => !one.startsWith("0 "));
  return [`${sampled} sampled`, `${proven} proven`, ...gone, `${missing} missing`, `${ms} ms`].join(" · ");
}

/** `audit`: asks, checks, and says a row; 1 when something is missing or the answer came late, 65 when it does not hold. */
export async function audit(run: Run, options: AuditOptions): Promise<ExitCode> {
  const question = questionOf(options);
  const station = stationOf(options.station);
  const asked = whom(run, options);
  const checkpoint = await groundOf(run, asked, options.checkpoint);
  const nonce = Buffer.from(question.nonce).toString("hex");
  const startedMs = performance.now();
  const answer = await got(run, asked, `/audit?nonce=${nonce}&count=${question.count}`);
  const ms = Math.round(performance.now() - startedMs);
  const ports = createEvidencePorts(nodeSha256, nodeVerifier());
  const checked = await checkAudit(answer, question, { station, checkpoint }, ports);
  if (!checked.ok) {
    const reason = AUDIT_FAULTS[checked.fault];
    run.out.result(
      { event: "audit", nonce, holds: false, fault: checked.fault, reason, ms },
      `The answer does not hold: ${reason}.`,
    );
    return ExitCode.badInput;
  }
  const { station: key, epoch, sampled, proven, removed, pruned, expired, missing, bytes } = checked.value;
  const isPrompt = ms <= options.within;
  const counts = { sampled, proven, removed, pruned, expired, missing, bytes, ms, isPrompt };
  const at = { station: idText(key), epoch: epoch.number, epochMs: epoch.timeMs };
  const late = isPrompt ? "" : ` It was asked to answer within ${options.within} ms.`;
  const what = missing > 0 ? "Something that its log commits to is not there." : "All that should be there is there.";
  run.out.result(
    { event: "audit", nonce, holds: true, ...at, ...counts },
    `${rowOf(checked.value, ms)}\nStation ${at.station}, epoch ${at.epoch} of ${new Date(at.epochMs).toISOString()}. ${what}${late}`,
  );
  return missing > 0 || !isPrompt ? ExitCode.notProven : ExitCode.ok;
}

/** `audit key`: the key with which a station of this machine may be audited from elsewhere; made the first time. */
export function auditKey(run: Run, options: { readonly data?: string }): ExitCode {
  const key = loadAuditKey(dataFolder(run.root, options.data));
  run.out.result({ event: "audit-key", key }, key);
  return ExitCode.ok;
}
