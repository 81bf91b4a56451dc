/*
 * What an operator sees of the station log in the data folder: `witnesses`, one line each, `<region or --> <verifier key>
 * <submission URL>`, and the two policy files made from it (S-24), `ledger.live.policy` and `ledger.final.policy`. A witness's
 * key is pinned when it is added: a station that changes its key is another witness.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { formatVerifierKey, NoteAlgorithm, parseVerifierKey } from "@chapar/log";
import { isRegion } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { LedgerPolicies } from "../ledger/policy.ts";
import type { WitnessParty } from "../ledger/witnesses.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { writeWhole } from "./station-files.ts";
import { boundedAnswer } from "./witness-post.ts";

const WITNESSES_NAME = "witnesses";
const POLICY_NAMES = { live: "ledger.live.policy", final: "ledger.final.policy" } as const;
const UNKNOWN_REGION = "--";
const ANSWER_LIMIT_MS = 10_000;

/** One witness from its verifier key, URL and region as text; undefined when one of them is none. */
function readParty(vkey: string, url: string, region: string): WitnessParty | undefined {
  const key = parseVerifierKey(vkey, nodeSha256);
  const isUrl = /^https?:\/\/[\x21-\x7e]+$/.test(url) && URL.canParse(url);
  const isKnown = region !== UNKNOWN_REGION;
  if (!key.ok || key.value.algorithm !== NoteAlgorithm.cosignatureEd25519 || !isUrl) return undefined;
  if (isKnown && !isRegion(region)) return undefined;
  return { key: key.value, url: url.replace(/\/+$/, ""), region: isKnown ? region : undefined };
}

/** The witnesses of a data folder. @throws StationError `station/bad-config` for a line that names none */
export function loadWitnesses(dataDir: string): WitnessParty[] {
  let text: string;
  try {
    text = readFileSync(join(dataDir, WITNESSES_NAME), "utf8");
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ENOENT") return [];
    throw stationError("station/bad-config", undefined, cause);
  }
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [region = "", vkey = "", url = ""] = line.trim().split(/\s+/);
      const party = readParty(vkey, url, region);
      if (party === undefined) throw stationError("station/bad-config");
      return party;
    });
}

function saveWitness(dataDir: string, party: WitnessParty): void {
  const others = loadWitnesses(dataDir).filter((one) => !equalBytes(one.key.publicKey, party.key.publicKey));
  saveWitnesses(dataDir, [...others, party]);
}

/**
 * Takes a witness out of a data folder, by the station's URL or its submission URL. A station that runs on the folder stops
 * asking it within half a minute.
 *
 * @returns false when it is not there @throws StationError `station/bad-config` · `station/storage-full` · `station/storage-failed`
 */
export function removeWitness(dataDir: string, url: string): boolean {
  const held = loadWitnesses(dataDir);
  const name = url.replace(/\/+$/, "");
  const others = held.filter((one) => one.url !== name && one.url !== `${name}/witness`);
  if (others.length === held.length) return false;
  saveWitnesses(dataDir, others);
  return true;
}

function saveWitnesses(dataDir: string, parties: readonly WitnessParty[]): void {
  const lines = parties.map(({ key, url, region }) => `${region ?? UNKNOWN_REGION} ${formatVerifierKey(key)} ${url}\n`);
  writeWhole(dataDir, WITNESSES_NAME, Buffer.from(lines.join(""), "utf8"));
}

/** What is known of a witness besides its address. */
export interface WitnessHint {
  /** its verifier key, for a witness that is no station; `url` is then its submission prefix */
  readonly vkey?: string;
  /** ISO 3166-1 alpha-2; asked of a station */
  readonly region?: string;
}

/**
 * Adds a witness to a data folder: asks a station for its key and pins it, or takes the key that is given. A station that runs
 * on the folder begins to ask it within half a minute. Added again: its address is replaced.
 *
 * @param url  of the station, as one would open it in a browser
 * @throws StationError `station/bad-witness` nobody answers there, or not with a key · `station/bad-config` the folder's list is
 * damaged · `station/storage-full` · `station/storage-failed`
 */
export async function addWitness(
  dataDir: string,
  url: string,
  hint: WitnessHint = {},
  options: { readonly signal?: AbortSignal } = {},
): Promise<WitnessParty> {
  const party =
    hint.vkey === undefined
      ? await askWitness(url.replace(/\/+$/, ""), options.signal)
      : readParty(hint.vkey, url, hint.region ?? UNKNOWN_REGION);
  if (party === undefined) throw stationError("station/bad-witness");
  saveWitness(dataDir, party);
  return party;
}

async function askWitness(url: string, signal: AbortSignal | undefined): Promise<WitnessParty | undefined> {
  const late = AbortSignal.timeout(ANSWER_LIMIT_MS);
  try {
    const response = await fetch(`${url}/witness/key`, {
      redirect: "error",
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    if (!response.ok) return undefined;
    const [vkey = "", region = "", ...rest] = Buffer.from(await boundedAnswer(response))
      .toString("utf8")
      .split("\n");
    return rest.length === 1 ? readParty(vkey, `${url}/witness`, region) : undefined;
  } catch (cause) {
    throw stationError("station/bad-witness", undefined, cause);
  }
}

/** Writes the policy files; one that cannot be is taken away. @throws StationError of the store */
export function writePolicies(dataDir: string, policies: LedgerPolicies): void {
  for (const which of ["live", "final"] as const) {
    const text = policies[which];
    if (text === undefined) rmSync(join(dataDir, POLICY_NAMES[which]), { force: true });
    else writeWhole(dataDir, POLICY_NAMES[which], Buffer.from(text, "utf8"));
  }
}
