/*
 * `policy init | check | sign | show`: the region policy of a station (protocol/14-residency.md), from an example to the signed file that
 * the station obeys.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  openPolicy,
  POLICY_FORMAT,
  type PolicyFault,
  readPolicy,
  type RegionPolicy,
  SIGNED_POLICY_BYTES,
} from "@chapar/evidence";
import { keepPolicy, peekPolicy } from "@chapar/station/node";
import { toHex } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { faultWords, placedFaults, policyPage, refusalReason } from "../policy-words.ts";
import type { Run } from "../run.ts";
import { dataFolder } from "./up.ts";

const DATE_CHARS = 10;
const EXAMPLES = "docs/operating/policies";

const today = (): string => new Date().toISOString().slice(0, DATE_CHARS);
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unreadable";

async function textOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > SIGNED_POLICY_BYTES) return "";
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "it is not there" : codeOf(cause);
    throw new TermError("term/no-file", { path, reason }, { cause });
  }
}

/** Prints every fault of a text. */
function sayFaults(run: Run, path: string, text: string, faults: readonly PolicyFault[]): ExitCode {
  const placed = placedFaults(text, faults);
  run.out.result(
    { event: "policy", path, holds: false, faults: placed },
    [`${path} is no policy that a station can keep:`, ...placed.map((fault) => `  ${faultWords(fault)}`)].join("\n"),
  );
  return ExitCode.badInput;
}

/** `policy init`: a new file from an example. */
export async function init(run: Run, path: string, options: { readonly from: string }): Promise<ExitCode> {
  const folder = join(run.root, EXAMPLES);
  const names = (await readdir(folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));
  if (!names.includes(options.from)) {
    const problem = `There is no example ${options.from}; there are ${names.join(", ")}.`;
    throw new TermError("term/usage", { problem, command: "policy init " });
  }
  const text = await readFile(join(folder, `${options.from}.json`), "utf8");
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    const reason = codeOf(cause) === "EEXIST" ? "a file of that name is there already" : codeOf(cause);
    throw new TermError("term/cannot-write", { path, reason }, { cause });
  }
  run.out.result(
    { event: "policy-begun", path, from: options.from, format: POLICY_FORMAT },
    `Written to ${path}. Change what has to be changed, then: ./chapar policy check ${path}`,
  );
  return ExitCode.ok;
}

/** `policy check`: whether a file can be signed, with the line of each fault. */
export async function check(run: Run, path: string): Promise<ExitCode> {
  const text = await textOf(path);
  const read = readPolicy(text);
  if (!read.ok) return sayFaults(run, path, text, read.faults);
  run.out.result(
    { event: "policy", path, holds: true, ...jsonOf(read.value) },
    `${path} is whole and does not contradict itself.\n\n${policyPage(read.value, today())}`,
  );
  return ExitCode.ok;
}

/** `policy sign`: signs a file for the station of a folder, which keeps it from its next start. */
export async function sign(run: Run, path: string, options: { readonly data?: string }): Promise<ExitCode> {
  const text = await textOf(path);
  const read = readPolicy(text);
  if (!read.ok) return sayFaults(run, path, text, read.faults);
  const folder = dataFolder(run.root, options.data);
  const { policy, hash } = await keepPolicy(folder, text);
  run.out.result(
    { event: "policy-signed", folder, hash: toHex(hash), ...jsonOf(policy) },
    `Signed for the station of ${folder}. It is in force from its next start, and its hash comes into the station's log:\n${toHex(hash)}`,
  );
  return ExitCode.ok;
}

/** `policy show`: the policy of a folder, or of a running station. */
export async function show(run: Run, options: { readonly data?: string; readonly url?: string }): Promise<ExitCode> {
  const found =
    options.url === undefined
      ? await peekPolicy(dataFolder(run.root, options.data))
      : await fetched(options.url, run.signal);
  if (found === undefined) {
    run.out.result({ event: "policy", holds: false, faults: [] }, "This station has no region policy.");
    return ExitCode.notFound;
  }
  const { policy, hash } = found;
  run.out.result(
    { event: "policy", holds: true, hash: toHex(hash), ...jsonOf(policy) },
    `${policyPage(policy, today())}\n\nSigned by the station. Hash in its log: ${toHex(hash)}`,
  );
  return ExitCode.ok;
}

function jsonOf({ region, title, from, until, compliance, data }: RegionPolicy): Readonly<Record<string, unknown>> {
  return { region, title, from, until, compliance: compliance ?? null, data };
}

interface Found {
  readonly policy: RegionPolicy;
  readonly hash: Uint8Array;
}

/** The policy that a station shows, checked against the key that it answers by. @throws TermError `term/no-station` · `term/bad-policy` */
async function fetched(url: string, signal: AbortSignal): Promise<Found | undefined> {
  const base = url.replace(/\/+$/u, "");
  const [answer, health] = await Promise.all([
    fetch(`${base}/policy`, { signal }),
    fetch(`${base}/log/checkpoint`, { signal }),
  ]).catch((cause: unknown) => {
    throw new TermError("term/no-station", { url }, { cause });
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok || !health.ok) throw new TermError("term/no-station", { url });
  const [{ parseIdText, stationKey }, { nodeCrypto }] = await Promise.all([
    import("@chapar/wire"),
    import("@chapar/e2e/node"),
  ]);
  // The first line of a checkpoint is its origin: `<station key in base32>/ledger` (7-station-log.md S-1).
  const key = parseIdText((await health.text()).split("/", 1)[0] ?? "", 32);
  if (key === undefined) throw new TermError("term/no-station", { url });
  const crypto = nodeCrypto();
  const ports = {
    sha256: (bytes: Uint8Array) => crypto.sha256(bytes),
    verify: async (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
      crypto.ed25519.verify(publicKey, message, signature),
  };
  const opened = await openPolicy(new Uint8Array(await answer.arrayBuffer()), stationKey(key), ports);
  if (!opened.ok) throw new TermError("term/bad-policy", { reason: refusalReason(opened.fault, "") });
  return opened.value;
}
