/*
 * Several stations on one in-memory network and one clock that tests move. Stores outlive stations, so a station can be
 * stopped and started again on what it had.
 */
import type { Carrier } from "@chapar/carrier";
import { FakeClock, MemoryNetwork, SeededRng, type LinkPairOptions } from "@chapar/carrier/testing";
import type { RegionPolicy } from "@chapar/evidence";
import { stationKey, type StationRef } from "@chapar/wire";
import type { Verifier } from "@chapar/wire/bytes";
import type { BlobLimits } from "../account/blob-room.ts";
import { tokenSignUp } from "../account/sign-up.ts";
import { nodeRng, nodeSha256, nodeSigner, nodeVerifier } from "../node/node-crypto.ts";
import type { Witnessing } from "../ledger/witnesses.ts";
import type { Observer, StationPorts } from "../ports.ts";
import type { Rates } from "../session/rates.ts";
import type { StationBorder } from "../residency/border.ts";
import { Station } from "../station.ts";
import type { Store } from "../store/port.ts";
import { MemoryStore } from "./memory-store.ts";
import { TestClient } from "./test-client.ts";
import type { TokenIssuer } from "../tokens/token-desk.ts";
import type { PushDesk } from "../push/push-desk.ts";
import { StationWitness } from "../witness/station-witness.ts";
import { keyOf, TestPerson } from "./test-person.ts";

/** The sign-up token of every test station. */
export const TEST_TOKEN: Uint8Array = new Uint8Array(32).fill(7);

/** Keeps what a station counted and noted. */
export class TestObserver implements Observer {
  readonly counts = new Map<string, number>();
  readonly notes: { readonly event: string; readonly code: string | undefined }[] = [];

  count(metric: string, amount: number, label?: string): void {
    const name = label === undefined ? metric : `${metric} ${label}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + amount);
  }

  note(event: string, fields?: { readonly code?: string }): void {
    this.notes.push({ event, code: fields?.code });
  }
}

/** How a test station differs from the usual one. */
export interface TestStationOptions {
  readonly url?: string;
  /** published URLs, when not the one it listens at */
  readonly urls?: readonly string[];
  readonly region?: string;
  readonly peerUrls?: readonly string[];
  readonly rates?: Rates;
  readonly store?: Store;
  readonly timeToLiveMs?: number;
  readonly blobLimits?: Partial<BlobLimits>;
  readonly freeBytes?: () => number;
  readonly witnessing?: Witnessing;
  readonly push?: PushDesk;
  readonly verify?: Verifier;
  readonly tokens?: TokenIssuer;
  /** keeps a log, and witnesses */
  readonly logged?: boolean;
  /** over which it dials other stations; by default the whole network */
  readonly carrier?: Carrier;
  /** what its region asks */
  readonly law?: RegionPolicy;
  /** a faulty border in the place of its own */
  readonly border?: (border: StationBorder) => StationBorder;
}

/** A station under test and everything around it. */
export interface TestStation<S extends Store = MemoryStore> {
  readonly station: Station;
  readonly ref: StationRef;
  readonly url: string;
  readonly store: S;
  readonly observer: TestObserver;
  /** what residents reported */
  readonly reports: readonly Uint8Array[];
  readonly stop: () => Promise<void>;
}

/** A network with stations. */
export class TestWorld {
  readonly clock: FakeClock;
  readonly network: MemoryNetwork;

  constructor(line: LinkPairOptions = {}) {
    this.clock = new FakeClock();
    this.network = new MemoryNetwork(this.clock, line);
  }

  /** Starts a station whose key a name determines; on a store of an earlier one it goes on. */
  async station(name: string, options: TestStationOptions = {}): Promise<TestStation> {
    const url = options.url ?? `wss://${name}.example/v1/link`;
    const signer = nodeSigner(nodeSha256(new TextEncoder().encode(`station ${name}`)));
    const ref: StationRef = { key: stationKey(signer.publicKey), urls: options.urls ?? [url] };
    const store = options.store ?? new MemoryStore();
    const observer = new TestObserver();
    const ports: StationPorts = {
      sha256: nodeSha256,
      verify: options.verify ?? nodeVerifier(),
      signer,
      clock: this.clock,
      rng: nodeRng,
      store,
      observer,
      ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
    };
    const self = { ref, region: options.region ?? "IR", name };
    const witness = await StationWitness.open(ports, self, keyOf(`witness ${name}`));
    const post = (): Promise<never> => Promise.reject(new Error("nobody there"));
    const reports: Uint8Array[] = [];
    const station = await Station.open({
      ports,
      self,
      ...(options.push === undefined ? {} : { push: options.push }),
      ...(options.law === undefined ? {} : { law: options.law }),
      ...(options.border === undefined ? {} : { border: options.border }),
      ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
      keepReport: async (report) => void reports.push(report.slice()),
      ...(options.logged === true ? { witness, witnessing: { witnesses: [], post } } : {}),
      signUp: tokenSignUp([TEST_TOKEN], nodeSha256),
      carrier: options.carrier ?? this.network.carrier(),
      jitter: new SeededRng(1),
      peerUrls: options.peerUrls ?? [],
      ...(options.rates === undefined ? {} : { rates: options.rates }),
      ...(options.timeToLiveMs === undefined ? {} : { timeToLiveMs: options.timeToLiveMs }),
      ...(options.blobLimits === undefined ? {} : { blobLimits: options.blobLimits }),
      ...(options.witnessing === undefined ? {} : { witnessing: options.witnessing }),
    });
    const unlisten = this.network.listen(url, (link) => station.accept(link));
    const stop = async (): Promise<void> => {
      unlisten();
      await this.settle(station.close());
    };
    return { station, ref, url, store: store as MemoryStore, observer, reports, stop };
  }

  /** Dials a station and greets it. */
  async client(at: { readonly url: string }): Promise<TestClient> {
    const client = await this.stranger(at);
    await this.settle(client.greet());
    return client;
  }

  /** A client of a registered person, on its first device. */
  async resident(at: TestStation, name: string): Promise<{ client: TestClient; person: TestPerson }> {
    const person = new TestPerson(name, at.ref);
    const client = await this.client(at);
    await this.settle(client.expect("done", { type: "account.register", ops: person.ops, token: TEST_TOKEN }));
    await this.settle(client.auth(person.identity, person.phone));
    return { client, person };
  }

  /** Dials a station and says nothing. */
  async stranger(at: { readonly url: string }): Promise<TestClient> {
    const link = await this.network.carrier().dial(at.url, { signal: new AbortController().signal });
    return new TestClient(link);
  }

  /** Lets time pass until something has happened. */
  async settle<T>(work: Promise<T>): Promise<T> {
    return await this.clock.runUntil(work);
  }
}
