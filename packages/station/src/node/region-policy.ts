/*
 * The region policy of a data folder (protocol/14-residency.md K-6): `policy.signed`. A station that has one starts only when it is
 * its own, of its region, in force and without fault; then its log has the policy's hash.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPolicy, type PolicyOpened, readPolicy, type SignedPolicy, signPolicy } from "@chapar/evidence";
import { stationKey, type StationKey } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { nodeSha256, nodeSigner, nodeVerifier } from "./node-crypto.ts";
import { loadStationSeed, readStationSeed, writeWhole } from "./station-files.ts";

/** Its name in the data folder. */
export const POLICY_FILE = "policy.signed";
const RECORDED = "policy.recorded";
const DATE_CHARS = 10;

/** A policy as it rests in a folder. */
export interface KeptPolicy extends SignedPolicy {
  /** the signed note */
  readonly bytes: Uint8Array;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ENOENT") return undefined;
    throw stationError("station/storage-failed", undefined, cause);
  }
}

/** The day of a moment, in UTC. */
function policyDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, DATE_CHARS);
}

function refused(why: string): Error {
  return stationError("station/bad-policy", undefined, new Error(why));
}

function detailOf(opened: Extract<PolicyOpened, { readonly ok: false }>): string {
  const { fault, read } = opened;
  const [first] = read?.faults ?? [];
  return first === undefined ? fault : `${first.path.join(".")}: ${first.code}`;
}

/**
 * The policy of a folder, checked as K-6 wants it.
 *
 * @returns undefined when the folder has none
 * @throws StationError `station/bad-policy`, whose cause's message says why: the fault of openPolicy, or `wrong-region`, `not-yet`, `over`
 */
export async function loadPolicy(
  dataDir: string,
  station: { readonly key: StationKey; readonly region: string },
  nowMs: number,
): Promise<KeptPolicy | undefined> {
  const bytes = readIfThere(join(dataDir, POLICY_FILE));
  if (bytes === undefined) return undefined;
  const opened = await openPolicy(bytes, station.key, { sha256: nodeSha256, verify: nodeVerifier() });
  if (!opened.ok) throw refused(detailOf(opened));
  const { policy } = opened.value;
  const today = policyDay(nowMs);
  if (policy.region !== station.region) throw refused("wrong-region");
  if (today < policy.from) throw refused("not-yet");
  if (today >= policy.until) throw refused("over");
  return { ...opened.value, bytes };
}

/** Has the hash of a policy in the station's log; after a crash in between it may stand there twice. @returns the index of the leaf */
async function recordPolicy(ledger: Ledger, dataDir: string, { hash }: KeptPolicy): Promise<number> {
  const recorded = readIfThere(join(dataDir, RECORDED));
  const name = `${ledger.generation} ${toHex(hash)} `;
  const line = recorded === undefined ? "" : Buffer.from(recorded).toString("utf8");
  const known = Number(line.slice(name.length));
  if (line.startsWith(name) && Number.isSafeInteger(known)) return known;
  const index = await ledger.record({ kind: "policy", hash });
  writeWhole(dataDir, RECORDED, Buffer.from(`${name}${index}\n`, "utf8"));
  return index;
}

/** What links are told of a policy. */
export class ShownPolicy {
  readonly #note: Uint8Array;
  #index: number | undefined;

  constructor(policy: KeptPolicy | undefined) {
    this.#note = policy?.bytes ?? new Uint8Array(0);
  }

  readonly now = (): { readonly note: Uint8Array; readonly index: number | undefined } => ({
    note: this.#note,
    index: this.#index,
  });

  /** Has it in the station's log; what a closing station or a full disk prevents, the next start does. */
  async record(ledger: Ledger, dataDir: string, policy: KeptPolicy): Promise<void> {
    this.#index = await recordPolicy(ledger, dataDir, policy).catch(() => undefined);
  }
}

/**
 * Signs a policy for the station of a folder, whose key is made when it has none, and puts it there.
 *
 * @param text  of the policy
 * @returns what the station will keep
 * @throws StationError `station/bad-policy` · as loadStationSeed
 */
export async function keepPolicy(dataDir: string, text: string): Promise<KeptPolicy> {
  const read = readPolicy(text);
  if (!read.ok) throw refused(detailOf({ ok: false, fault: "bad-policy", read }));
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const signer = nodeSigner(loadStationSeed(dataDir));
  const key = stationKey(signer.publicKey);
  const bytes = await signPolicy(text, key, signer, nodeSha256);
  writeWhole(dataDir, POLICY_FILE, bytes);
  const opened = await openPolicy(bytes, key, { sha256: nodeSha256, verify: nodeVerifier() });
  if (!opened.ok) throw refused(detailOf(opened));
  return { ...opened.value, bytes };
}

/** The policy of a folder, whatever its region and time; undefined when there is none. @throws StationError `station/bad-policy` */
export async function peekPolicy(dataDir: string): Promise<KeptPolicy | undefined> {
  const seed = readStationSeed(dataDir);
  const bytes = seed && readIfThere(join(dataDir, POLICY_FILE));
  if (seed === undefined || bytes === undefined) return undefined;
  const key = stationKey(nodeSigner(seed).publicKey);
  const opened = await openPolicy(bytes, key, { sha256: nodeSha256, verify: nodeVerifier() });
  if (!opened.ok) throw refused(detailOf(opened));
  return { ...opened.value, bytes };
}
