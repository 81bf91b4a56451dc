/*
 * The second face of a station: another process over a copy of the folder, with the same key, for those who are led to it; or
 * another station log over the same rooms, for those who ask on their links. Both faces are the real station and the real
 * ledger; what makes them one lie is that they are two.
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Ledger, type LedgerOptions, type StationPorts, type Store } from "@chapar/station";
import { type RunningStation, SqliteStore, startStation, type StationSurroundings } from "@chapar/station/node";
import type { LogId, Request, Response } from "@chapar/wire";
import { over } from "./false-store.ts";
import type { StationOrder } from "./orders.ts";

type Instant = Awaited<ReturnType<LedgerOptions["time"]["instant"]>>;

/** Where the operator's list of witnesses stands; a second face that asked them would be told of the first. */
const WITNESSES = "witnesses";

/** Answers requests about the station log from one ledger; undefined: of no concern here. */
export function fromLedger(
  ledger: () => Ledger | undefined,
  genesisOf: (identity: Uint8Array) => Promise<Uint8Array | undefined>,
): (request: Request) => Promise<Response> | undefined {
  return (request) => {
    const held = ledger();
    if (held === undefined) return undefined;
    if (request.type === "ledger.freshness") return freshness(held);
    if (request.type === "ledger.head-proof") return headProof(held, request.log);
    if (request.type === "ledger.identity-proof") return identityProof(held, genesisOf(request.identity));
    return fromShown(held.shown, request);
  };
}

function fromShown(shown: Ledger["shown"], request: Request): Promise<Response> | undefined {
  if (request.type === "ledger.leaf") return leafOf(shown, request.index);
  if (request.type === "ledger.consistency") return consistency(shown, request.from, request.to);
  return request.type === "ledger.incidents" ? incidents(shown) : undefined;
}

async function leafOf(shown: Ledger["shown"], index: number): Promise<Response> {
  return { type: "ledger.leaf", ...(await shown.leaf(index)) };
}

async function consistency(shown: Ledger["shown"], from: number, to: number): Promise<Response> {
  return { type: "log.hashes", hashes: await shown.consistency(from, to) };
}

async function incidents(shown: Ledger["shown"]): Promise<Response> {
  return { type: "ledger.incidents", incidents: await shown.incidents() };
}

async function freshness(ledger: Ledger): Promise<Response> {
  return { type: "ledger.freshness", ...(await ledger.freshness()) };
}

async function headProof(ledger: Ledger, log: LogId): Promise<Response> {
  return { type: "ledger.proof", ...(await ledger.headProof(log)) };
}

async function identityProof(ledger: Ledger, asked: Promise<Uint8Array | undefined>): Promise<Response> {
  const genesis = await asked;
  if (genesis === undefined) return { type: "error", code: "station/unknown-identity", detail: undefined };
  return { type: "ledger.proof", ...(await ledger.identityProof(genesis)) };
}

/** Copies the folder as it is, without the list of witnesses; the station must not run. */
export async function copyFolder(order: StationOrder): Promise<string> {
  const dataDir = `${order.dataDir}-twin`;
  await rm(dataDir, { recursive: true, force: true });
  await cp(order.dataDir, dataDir, { recursive: true });
  await rm(join(dataDir, WITNESSES), { force: true });
  return dataDir;
}

/** A second station with the same key and URL, on a port of its own. */
export async function startTwin(
  order: StationOrder,
  place: { readonly dataDir: string; readonly url: string; readonly port: number },
  around: StationSurroundings,
): Promise<RunningStation> {
  const { name, region } = order;
  const config = { name, region, dataDir: place.dataDir, publicUrl: place.url, port: place.port };
  return await startStation(config, around);
}

/** A second log of a station, over the rooms and accounts of the first. */
export class SecondLedger {
  readonly ledger: Ledger;
  readonly #own: SqliteStore;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(ledger: Ledger, own: SqliteStore) {
    this.ledger = ledger;
    this.#own = own;
    this.#running = ledger.run(this.#stop.signal);
  }

  /** @param truth  the store of the first face as it is now; another one after each restart */
  static async start(ports: Omit<StationPorts, "store">, truth: () => Store, dataDir: string): Promise<SecondLedger> {
    const own = await SqliteStore.open({ dataDir });
    const ledger = over<Store["ledger"]>(own.ledger, {
      marks: () => truth().ledger.marks(),
      grownLogs: (...range) => truth().ledger.grownLogs(...range),
      changedAccounts: (...range) => truth().ledger.changedAccounts(...range),
    });
    const store = over<Store>(own, { ledger });
    // Time stands still while anything is being written: whatever was signed before this millisecond is durable.
    const instant = async (): Promise<Instant> => ({
      marks: await ledger.marks(),
      timeMs: ports.clock.nowMs() - 1,
    });
    const options: LedgerOptions = { witnessing: { witnesses: [], post: nobody }, time: { instant } };
    return new SecondLedger(await Ledger.open({ ...ports, store }, options), own);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#own[Symbol.asyncDispose]();
  }
}

function nobody(): never {
  throw new Error("no witness is asked");
}
