/*
 * A season on real disks: stations with their data folders, ports, databases, logs, metrics and backups, whose every byte is then searched for
 * marks. What rests where is judged by the folder alone; that home was first is what seasons in memory look at.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join as pathOf } from "node:path";
import { once } from "node:events";
import { SeededRng } from "@chapar/carrier/testing";
import { webSocketCarrier } from "@chapar/carrier/node";
import { createEvidencePorts, CROSSING_CLASSES, policyText, type RegionPolicy } from "@chapar/evidence";
import { nodeSha256, nodeVerifier } from "../../node/node-crypto.ts";
import { keepPolicy } from "../../node/region-policy.ts";
import { makeReport } from "../../node/report-make.ts";
import { backupSealed } from "../../node/sealed-backup.ts";
import { type RunningStation, startStation } from "../../node/start-station.ts";
import { matchReports } from "../../report/match.ts";
import { type CheckedReport, verifyReport } from "../../report/verify.ts";
import { DEFAULT_RATES } from "../../session/rates.ts";
import { TestClient } from "../test-client.ts";
import { TestPerson } from "../test-person.ts";
import { drawnLaw, moveIn, PLENTY, type Place, plenty, RESIDENTS, type Resident, STATIONS } from "./region-world.ts";
import { playHonestly, Season } from "./season.ts";
import { findMarks, type Mark } from "./watched-store.ts";

const ANYWHERE = new AbortController().signal;

/** What a season on disk is. */
export interface DiskSeasonOrder {
  /** an empty folder; afterwards it has one for each station */
  readonly folder: string;
  readonly seed: number;
  readonly operations: number;
}

/** What a search of folders found. */
export interface DiskFindings {
  readonly files: number;
  readonly bytes: number;
  /** times that a mark stands in a file */
  readonly marks: number;
  /** of them, those whose law does not let them stand there, or that stand abroad and not at home though the law asks for a copy */
  readonly misplaced: number;
}

/** What the reports of all stations say of each other. */
interface DiskBooks {
  readonly matchedBytes: number;
  readonly unexplainedBytes: number;
  /** lines that are forged, left out, unlawful, or contradict each other */
  readonly faults: number;
}

/** What a season on disk was. */
export interface DiskSeasonResult extends DiskFindings, DiskBooks {
  readonly operations: number;
  readonly refused: number;
  readonly wrongAnswers: number;
}

interface Ground {
  readonly folder: string;
  readonly place: Place;
  readonly station: RunningStation;
}

/** A law as the file that its operator signs. */
function policyFile(law: RegionPolicy): string {
  const { region, title, from, until, data, saltedCommitmentsMayLeave, removalHours, disclosureHours, cannot } = law;
  const rules = Object.entries(data).map(([of, { mode, keepAtLeastDays }]) => [of, { mode, keepAtLeastDays }] as const);
  const sources = [{ name: title, reference: "drawn by dice" }];
  return policyText({
    format: "chapar region policy v1",
    region,
    title,
    sources,
    from,
    until,
    data: Object.fromEntries(rules),
    relationship: "not held",
    saltedCommitmentsMayLeave,
    removalHours,
    disclosureHours,
    cannot,
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startAll(folder: string, laws: ReadonlyMap<string, RegionPolicy>): Promise<readonly Ground[]> {
  const ports = await Promise.all(STATIONS.map(freePort));
  const grounds: Ground[] = [];
  for (const [i, [name, region]] of STATIONS.entries()) {
    const dataDir = pathOf(folder, name);
    mkdirSync(dataDir);
    const law = laws.get(region);
    if (law === undefined) throw new Error("a region without a law");
    await keepPolicy(dataDir, policyFile(law));
    const others = ports.filter((_, other) => other !== i).map((port) => `http://127.0.0.1:${port}`);
    const station = await startStation({
      dataDir,
      port: ports[i] ?? 0,
      region,
      name,
      peers: others,
      signUp: "open",
      rates: { ...DEFAULT_RATES, link: plenty(), peer: plenty(), perInbox: PLENTY },
      log: { write: (line) => appendFileSync(pathOf(dataDir, "operator.log"), line) },
    });
    const place = { at: { ref: station.ref, url: station.url }, region, law, mirrored: new Set<number>() };
    grounds.push({ folder: dataDir, place, station });
  }
  return grounds;
}

async function residentsOf(grounds: readonly Ground[]): Promise<readonly Resident[]> {
  const residents: Resident[] = [];
  for (const { place, station } of grounds) {
    for (let i = 0; i < RESIDENTS; i++) {
      const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: ANYWHERE }));
      await client.greet();
      const person = new TestPerson(`${station.url} ${i}`, station.ref);
      await client.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
      await client.auth(person.identity, person.phone);
      residents.push(await moveIn(place, { client, person }, residents.length));
    }
  }
  return residents;
}

/** Marks of every file below a folder, by what they say. */
function searched(folder: string): { files: number; bytes: number; marks: readonly Mark[] } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  let bytes = 0;
  const marks: Mark[] = [];
  for (const file of files) {
    const content = readFileSync(pathOf(file.parentPath, file.name));
    bytes += content.byteLength;
    marks.push(...findMarks(content));
  }
  return { files: files.length, bytes, marks };
}

/** Searches the folders of stations of these regions. */
export function searchFolders(
  folders: readonly { readonly folder: string; readonly region: string }[],
  laws: ReadonlyMap<string, RegionPolicy>,
): DiskFindings {
  const found = folders.map(({ folder, region }) => ({ region, ...searched(folder) }));
  const nameOf = ({ of, region, number }: Mark): string => `${of} ${region} ${number}`;
  const home = new Set(
    found.flatMap(({ region, marks }) => marks.filter((mark) => mark.region === region).map(nameOf)),
  );
  const isMisplaced = (mark: Mark, region: string): boolean => {
    const mode = laws.get(mark.region)?.data[mark.of].mode ?? "none";
    if (mark.region === region || mode === "none") return false;
    return mode === "exclusive" || !home.has(nameOf(mark));
  };
  const sum = (of: (one: (typeof found)[number]) => number): number => found.reduce((total, one) => total + of(one), 0);
  return {
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    marks: sum(({ marks }) => marks.length),
    misplaced: sum(({ region, marks }) => marks.filter((mark) => isMisplaced(mark, region)).length),
  };
}

/** What an operator leaves lying about: metrics, a backup and its key, a residency report. */
async function keepHouse({ folder, place, station }: Ground): Promise<string> {
  const metrics = await fetch(`${station.url}/metrics`);
  appendFileSync(pathOf(folder, "metrics.txt"), await metrics.text());
  await backupSealed(folder, pathOf(folder, "station.backup"), pathOf(folder, "backup.key"));
  const order = { from: "2026-01-01", to: "2036-01-01", region: place.region, madeMs: Date.now() };
  const report = await makeReport(folder, order);
  appendFileSync(pathOf(folder, "report.json"), report);
  return report;
}

/** What the stations' reports say of each other (K-50). */
async function matched(texts: readonly string[]): Promise<DiskBooks> {
  const ports = createEvidencePorts(nodeSha256, nodeVerifier());
  const reports: CheckedReport[] = [];
  for (const text of texts) {
    const checked = await verifyReport(text, ports);
    if (!checked.ok) throw new Error(checked.fault);
    reports.push(checked.value);
  }
  const audit = await matchReports(reports, ports);
  const matchedBytes = CROSSING_CLASSES.reduce((sum, of) => sum + audit.matched[of].bytes, 0);
  return { matchedBytes, unexplainedBytes: audit.unexplainedBytes, faults: audit.faults.length };
}

/** Plays one, searches the folders while the stations run and once more when they are closed; the larger numbers count. */
export async function playDiskSeason({ folder, seed, operations }: DiskSeasonOrder): Promise<DiskSeasonResult> {
  const dice = new SeededRng(seed);
  const laws = new Map<string, RegionPolicy>();
  for (const [, region] of STATIONS) if (!laws.has(region)) laws.set(region, drawnLaw(region, dice));
  const grounds = await startAll(folder, laws);
  const residents = await residentsOf(grounds);
  let handedOut = 0;
  const ground = {
    residents,
    settle: async <T>(work: Promise<T>): Promise<T> => await work,
    handedOut: (mark: Mark, region: string): void => {
      if (mark.region !== region && laws.get(mark.region)?.data[mark.of].mode === "exclusive") handedOut++;
    },
  };
  const answers = await playHonestly(new Season(ground, dice), ground, operations);
  const books = await matched(await Promise.all(grounds.map(keepHouse)));
  const places = grounds.map(({ folder: at, place }) => ({ folder: at, region: place.region }));
  const running = searchFolders(places, laws);
  for (const { client } of residents) await client.close();
  for (const { station } of grounds) await station.close();
  const closed = searchFolders(places, laws);
  return {
    operations,
    ...answers,
    ...books,
    files: Math.max(running.files, closed.files),
    bytes: Math.max(running.bytes, closed.bytes),
    marks: Math.max(running.marks, closed.marks),
    misplaced: Math.max(running.misplaced, closed.misplaced) + handedOut,
  };
}
