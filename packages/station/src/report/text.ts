/*
 * The file of a report: the body as JSON with two spaces, and the station's signature over `label ‖ SHA-256 of that text`. It has one
 * spelling, so that a flipped byte is always seen.
 */
import { DATA_CLASSES } from "@chapar/evidence";
import { parseIdText, stationKey, type StationKey } from "@chapar/wire";
import {
  concatBytes,
  fromBase64Url,
  type Sha256,
  type Signer,
  toBase64Url,
  utf8,
  type Verifier,
} from "@chapar/wire/bytes";
import { REPORT_FORMAT, REPORT_MAX_BYTES, type ReportBody, type ReportFault } from "./terms.ts";

const LABEL = "chapar residency report v1";
const KEY_BYTES = 32;

interface ReportFile {
  readonly report: ReportBody;
  /** base64url */
  readonly signature: string;
}

const textOf = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const signed = (body: ReportBody, sha256: Sha256): Uint8Array => concatBytes(utf8(LABEL), sha256(utf8(textOf(body))));

/** Signs a report. @returns the text of its file */
export async function signReport(body: ReportBody, signer: Signer, sha256: Sha256): Promise<string> {
  const signature = toBase64Url(await signer.sign(signed(body, sha256)));
  return textOf({ report: body, signature } satisfies ReportFile);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function isBody(body: Partial<ReportBody>): body is ReportBody {
  const texts = [body.station, body.region, body.from, body.to, body.checkpoint, body.log];
  if (body.format !== REPORT_FORMAT || !texts.every(isText)) return false;
  if (!isCount(body.madeMs) || !isCount(body.generation) || body.generation === 0) return false;
  const { classes, policies, egress } = body;
  if (typeof classes !== "object" || classes === null || !Array.isArray(policies) || !Array.isArray(egress))
    return false;
  const areClasses = DATA_CLASSES.every((of) => {
    const one = (classes as Partial<ReportBody["classes"]>)[of];
    return one !== undefined && isCount(one.count) && isCount(one.bytes) && isText(one.root);
  });
  const lines = egress as readonly { readonly key?: unknown; readonly value?: unknown }[];
  return areClasses && policies.every(isText) && lines.every((line) => isText(line.key) && isText(line.value));
}

/** What reading the file of a report gives. */
export type ReportRead =
  | { readonly ok: true; readonly body: ReportBody; readonly station: StationKey }
  | { readonly ok: false; readonly fault: ReportFault };

/** Reads a report's file and checks its spelling and its station's signature. @param text  untrusted */
export async function readReport(
  text: string,
  { sha256, verify }: { readonly sha256: Sha256; readonly verify: Verifier },
): Promise<ReportRead> {
  const refused = (fault: ReportFault): ReportRead => ({ ok: false, fault });
  if (text.length > REPORT_MAX_BYTES) return refused("not-a-report");
  let file: Partial<ReportFile> | null;
  try {
    file = JSON.parse(text) as Partial<ReportFile> | null;
  } catch {
    return refused("not-a-report");
  }
  const body: Partial<ReportBody> = file?.report ?? {};
  if (typeof body !== "object" || !isBody(body) || !isText(file?.signature)) return refused("not-a-report");
  if (textOf({ report: body, signature: file.signature }) !== text) return refused("not-one-spelling");
  const key = parseIdText(body.station, KEY_BYTES);
  const signature = fromBase64Url(file.signature);
  if (key === undefined || signature?.byteLength !== 64) return refused("bad-signature");
  if (!(await verify(key, signed(body, sha256), signature))) return refused("bad-signature");
  return { ok: true, body, station: stationKey(key) };
}
