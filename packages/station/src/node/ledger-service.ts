/*
 * The station log of a running station: its witnesses from the data folder and the settings, its policy files, its HTTP parts.
 * The list of witnesses is read again every half minute, so that one added from another process is asked without a restart; a
 * witness of the settings that does not answer yet is tried again until it does.
 */
import { concatBytes, utf8, type Signer } from "@chapar/wire/bytes";
import type { Clock } from "@chapar/carrier";
import type { Ledger } from "../ledger/ledger.ts";
import { ledgerPolicies, type LedgerPolicies } from "../ledger/policy.ts";
import type { WitnessParty } from "../ledger/witnesses.ts";
import { addWitness, loadWitnesses, writePolicies } from "./ledger-files.ts";
import { nodeSha256, nodeSigner } from "./node-crypto.ts";

const READ_AGAIN_MS = 30_000;
const WITNESS_LABEL: Uint8Array = utf8("chapar witness v1");

/** The witness's key follows from the station's, so one file is all there is to keep (S-1). */
export function witnessSigner(stationSeed: Uint8Array): Signer {
  return nodeSigner(nodeSha256(concatBytes(WITNESS_LABEL, stationSeed)));
}

/** What the policies name. */
export interface LedgerPlace {
  readonly dataDir: string;
  readonly url: string;
  readonly region: string;
}

/** The policies of a ledger with the witnesses it has now. */
export function currentPolicies(ledger: Ledger, place: LedgerPlace): LedgerPolicies {
  const log = { key: ledger.checkpoints.key, url: `${place.url}/log`, region: place.region };
  return ledgerPolicies(
    log,
    ledger.checkpoints.witnesses.map((line) => line.party),
  );
}

/** Keeps a ledger's witnesses as the folder and the settings say, and its policy files, until the signal is aborted. */
export async function keepWitnesses(
  ledger: Ledger,
  place: LedgerPlace,
  parts: { readonly settings: readonly string[]; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  let known = -1;
  const open = new Set(parts.settings);
  while (!parts.signal.aborted) {
    for (const setting of open) if (await isAdded(place.dataDir, setting, parts.signal)) open.delete(setting);
    for (const party of witnessesOf(place.dataDir)) ledger.checkpoints.addWitness(party);
    if (ledger.checkpoints.witnesses.length !== known) {
      known = ledger.checkpoints.witnesses.length;
      try {
        writePolicies(place.dataDir, currentPolicies(ledger, place));
      } catch {
        // A full disk; the store says so where it matters, and the files are written when it has room.
        known = -1;
      }
    }
    await parts.clock.sleep(READ_AGAIN_MS, parts.signal).catch(() => undefined);
  }
}

/** A setting is a station's URL, or `<verifier key> <submission URL>`. */
async function isAdded(dataDir: string, setting: string, signal: AbortSignal): Promise<boolean> {
  const [first = "", second] = setting.trim().split(/\s+/);
  const held = witnessesOf(dataDir);
  if (second === undefined && held.some((one) => one.url === `${first.replace(/\/+$/, "")}/witness`)) return true;
  try {
    await addWitness(dataDir, second ?? first, second === undefined ? {} : { vkey: first }, { signal });
    return true;
  } catch {
    // Not there yet: tried again.
    return false;
  }
}

function witnessesOf(dataDir: string): readonly WitnessParty[] {
  try {
    return loadWitnesses(dataDir);
  } catch {
    // Refused at start; one that was damaged since is not a reason to stop.
    return [];
  }
}
