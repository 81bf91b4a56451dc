/*
 * `station witness add | list | remove`: who cosigns a station's log. The list lies in the data folder; a station that runs on it
 * reads it again every half minute.
 */
import { addWitness, loadWitnesses, removeWitness } from "@chapar/station/node";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { prepareFolder } from "../station-settings.ts";
import { dataFolder } from "./up.ts";

interface WitnessOptions {
  readonly data?: string;
}

const SOON = "A station that runs on this folder does so within half a minute.";

/** Learns a witness's key and region from its station and keeps both. */
export async function add(run: Run, url: string, options: WitnessOptions): Promise<ExitCode> {
  const dataDir = dataFolder(run.root, options.data);
  if (URL.parse(url) === null)
    throw new TermError("term/usage", { problem: `${url} is not a URL.`, command: "station witness add " });
  prepareFolder(dataDir);
  const party = await addWitness(dataDir, url, {}, { signal: run.signal });
  const { region, key } = party;
  run.out.result(
    { event: "witness-added", url: party.url, region: region ?? null, key: key.name },
    `${party.url} (${region ?? "no region"}) will cosign this station's log. ${SOON}\nIts operator has to name this station too: --peer with its URL.`,
  );
  return ExitCode.ok;
}

export function list(run: Run, options: WitnessOptions): Promise<ExitCode> {
  const parties = loadWitnesses(dataFolder(run.root, options.data));
  for (const { url, region, key } of parties)
    run.out.result({ event: "witness", url, region: region ?? null, key: key.name }, `${region ?? "--"} ${url}`);
  if (parties.length === 0) run.out.progress("No station witnesses this one.");
  return Promise.resolve(ExitCode.ok);
}

export function remove(run: Run, url: string, options: WitnessOptions): Promise<ExitCode> {
  if (!removeWitness(dataFolder(run.root, options.data), url)) throw new TermError("term/no-witness", { url });
  run.out.result({ event: "witness-removed", url }, `${url} is asked no more. ${SOON}`);
  return Promise.resolve(ExitCode.ok);
}
