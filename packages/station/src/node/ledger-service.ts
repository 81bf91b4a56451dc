/*
 * The station log of a running station: its witnesses from the data folder and the settings, its policy files, its HTTP parts.
 * The list of witnesses is read again every half minute, so that one added from another process is asked without a restart; a
 * witness of the settings that does not answer yet is tried again until it does.
 */
import { formatVerifierKey } from "@chapar/log";
import { concatBytes, utf8, type Signer } from "@chapar/wire/bytes";
import type { Clock } from "@chapar/carrier";
import type { Ledger } from "../ledger/ledger.ts";
import type { WitnessParty } from "../ledger/witnesses.ts";
import { addWitness, loadWitnesses, writePolicies } from "./ledger-files.ts";
import { nodeSha256, nodeSigner } from "./node-crypto.ts";

const READ_AGAIN_MS = 30_000;
const WITNESS_LABEL: Uint8Array = utf8("chapar witness v1");

/** The witness's key follows from the station's, so one file is all there is to keep (S-1). */
export function witnessSigner(stationSeed: Uint8Array): Signer {
  return nodeSigner(nodeSha256(concatBytes(WITNESS_LABEL, stationSeed)));
}

/** Keeps a ledger's witnesses as the folder and the settings say, and its policy files, until the signal is aborted. */
export async function keepWitnesses(
  ledger: Ledger,
  dataDir: string,
  parts: { readonly settings: readonly string[]; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  let known = "";
  const open = new Set(parts.settings);
  while (!parts.signal.aborted) {
    for (const setting of open) if (await isAdded(dataDir, setting, parts.signal)) open.delete(setting);
    const parties = witnessesOf(dataDir);
    if (parties !== undefined) ledger.checkpoints.setWitnesses(parties);
    const now = ledger.checkpoints.witnesses
      .map(({ party }) => `${party.url} ${formatVerifierKey(party.key)}`)
      .join("\n");
    if (now !== known || known === "") {
      known = now;
      try {
        writePolicies(dataDir, ledger.policies());
      } catch {
        // A full disk; the store says so where it matters, and the files are written when it has room.
        known = "";
      }
    }
    await parts.clock.sleep(READ_AGAIN_MS, parts.signal).catch(() => undefined);
  }
}

/** A setting is a station's URL, or `<verifier key> <submission URL>`. */
async function isAdded(dataDir: string, setting: string, signal: AbortSignal): Promise<boolean> {
  const [first = "", second] = setting.trim().split(/\s+/);
  const held = witnessesOf(dataDir) ?? [];
  if (second === undefined && held.some((one) => one.url === `${first.replace(/\/+$/, "")}/witness`)) return true;
  try {
    await addWitness(dataDir, second ?? first, second === undefined ? {} : { vkey: first }, { signal });
    return true;
  } catch {
    // Not there yet: tried again.
    return false;
  }
}

function witnessesOf(dataDir: string): readonly WitnessParty[] | undefined {
  try {
    return loadWitnesses(dataDir);
  } catch {
    // Refused at start; one that was damaged since is not a reason to stop.
    return undefined;
  }
}
