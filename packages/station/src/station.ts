/*
 * A station put together: logs, accounts, links, federation. Platform-neutral: it is handed links that somebody accepted
 * and a carrier that can dial, and runs the same on a server and, several at once, in a test.
 */
import { type Carrier, type Link, type Rng as Jitter, routeClass, type AddressClass } from "@chapar/carrier";
import { createEvidencePorts, type RegionPolicy } from "@chapar/evidence";
import type { IdentityId, LogId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { Leavings } from "./account/leaving.ts";
import { Accounts } from "./account/accounts.ts";
import { type BlobLimits, BlobRoom, DEFAULT_BLOB_LIMITS } from "./account/blob-room.ts";
import { KeyShelves } from "./account/key-shelves.ts";
import { RouteList } from "./account/route-list.ts";
import type { SignUpRule } from "./account/sign-up.ts";
import { stationError } from "./errors.ts";
import { Branches } from "./federation/branches.ts";
import { Ephemerals } from "./federation/ephemerals.ts";
import { Mirrors } from "./federation/mirrors.ts";
import { keepOperatorPeers } from "./federation/operator-peers.ts";
import { Peers } from "./federation/peers.ts";
import { Hub } from "./hub/hub.ts";
import { Removals, type RemovalOrder } from "./hub/removals.ts";
import { Readers } from "./hub/readers.ts";
import { Upkeep } from "./hub/upkeep.ts";
import { TokenDesk, type TokenIssuer } from "./tokens/token-desk.ts";
import type { PushDesk } from "./push/push-desk.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { Witnessing } from "./ledger/witnesses.ts";
import { Border, type StationBorder } from "./residency/border.ts";
import type { EgressBook } from "./residency/egress-book.ts";
import type { StationIdentity, StationPorts } from "./ports.ts";
import { DEFAULT_RATES, type Rates } from "./session/rates.ts";
import type { Services, WitnessAnswers } from "./session/services.ts";
import { Session } from "./session/session.ts";
import type { TombstonePlace } from "./store/port.ts";
import { Challenges } from "./witness/challenges.ts";

/** How often silent links are looked for. */
const TEND_EVERY_MS = 5_000;

/** What a station is made of. */
export interface StationOptions {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly signUp: SignUpRule;
  /** dials other stations */
  readonly carrier: Carrier;
  /** jitter of back-off */
  readonly jitter: Jitter;
  /** URLs of stations to keep a link to; may be of any address class */
  readonly peerUrls?: readonly string[];
  readonly rates?: Rates;
  /** further routes to this station, best first; told to those who have an account (P-50) */
  readonly routes?: readonly string[];
  /** the region policy that is kept here; none by default */
  readonly policy?: Services["policy"];
  /** what it asks, by which every export is judged; nothing by default */
  readonly law?: RegionPolicy | undefined;
  /** stands in the place of the border, as a faulty build would have it */
  readonly border?: (border: StationBorder) => StationBorder;
  /** how long a body is kept that nobody acknowledged, in milliseconds: 180 days or longer (E-13); 180 days */
  readonly timeToLiveMs?: number;
  /** who witnesses the station's log; without it there is none */
  readonly witnessing?: Witnessing;
  /** how much people may store; DEFAULT_BLOB_LIMITS where nothing else is said */
  readonly blobLimits?: Partial<BlobLimits>;
  /** passes to this station's exit; none by default */
  readonly exitPass?: ((identity: IdentityId) => Uint8Array) | undefined;
  /** keeps what residents report to the operator; none by default */
  readonly keepReport?: ((report: Uint8Array) => Promise<void>) | undefined;
  /** gives and takes blind tokens; none by default */
  readonly tokens?: TokenIssuer | undefined;
  /** wakes devices that have no link; none by default */
  readonly push?: PushDesk | undefined;
  /** what this station witnesses of others; without it nothing */
  readonly witness?: WitnessAnswers;
}

/**
 * One operator's server.
 *
 * `accept` takes links until `close`; the store is the caller's and is closed by the caller, afterwards.
 */
export class Station implements AsyncDisposable {
  /** the station's log, when it keeps one */
  readonly ledger: Ledger | undefined;
  readonly #options: StationOptions;
  readonly #book: EgressBook;
  readonly #services: Services;
  readonly #hub: Hub;
  readonly #peers: Peers;
  readonly #mirrors: Mirrors;
  readonly #branches: Branches;
  readonly #upkeep: Upkeep;
  readonly #removals: Removals | undefined;
  readonly #leavings: Leavings | undefined;
  readonly #sessions = new Set<Session>();
  readonly #stop = new AbortController();
  readonly #work: Promise<unknown>[] = [];
  #closing: Promise<void> | undefined;

  private constructor(
    options: StationOptions,
    hub: Hub,
    ledger: Ledger | undefined,
    { border, book }: { readonly border: StationBorder; readonly book: EgressBook },
  ) {
    const { ports, self, signUp, jitter } = options;
    this.#options = options;
    this.#book = book;
    this.#hub = hub;
    this.ledger = ledger;
    this.#removals = ledger === undefined ? undefined : new Removals(ports, hub, ledger);
    this.#peers = new Peers({
      border,
      ports,
      self,
      carrier: options.carrier,
      addressClass: ownClass(options),
      operatorUrls: options.peerUrls ?? [],
      adopt: (link) => this.#session(link, "dialer"),
    });
    this.#upkeep = new Upkeep({ ports, self, hub, timeToLiveMs: options.timeToLiveMs });
    const { signal } = this.#stop;
    const rates = options.rates ?? DEFAULT_RATES;
    const reached = (room: LogId): void => {
      this.#branches.reached(room);
      const log = hub.cache.peek(room);
      if (log !== undefined) ephemerals.wanted(log);
    };
    this.#mirrors = new Mirrors({ ports, self, hub, peers: this.#peers, jitter, signal, reached });
    const mirrors = this.#mirrors;
    const pushing: Mirrors["pushing"] = (log, at) => mirrors.pushing(log, at);
    const ephemerals = new Ephemerals({ clock: ports.clock, rates: rates.ephemeral, hub, pushing });
    this.#branches = new Branches({ ports, hub, jitter, signal, hand: (...what) => mirrors.forwardAppend(...what) });
    const { push } = options;
    hub.came = (log) => {
      push?.came(log);
      this.#branches.came(log);
    };
    push?.begin();
    const keys = new KeyShelves(ports.store);
    const accounts = new Accounts(ports, self, signUp, keys);
    const removals = this.#removals;
    const { law } = options;
    this.#leavings =
      ledger && removals && new Leavings({ ports, self, hub, accounts, removals, mirrors, ledger, law, push });
    this.#services = {
      ports,
      self,
      rates,
      hub,
      ephemerals,
      accounts,
      leavings: this.#leavings,
      keys,
      routes: new RouteList(ports, self, options.routes ?? []),
      policy: options.policy ?? (() => ({ note: new Uint8Array(0), index: undefined })),
      federation: {
        forward: (at, body) => this.#peers.ask(at, body),
        forwardAppend: (log, entry, header) => mirrors.forwardAppend(log, entry, header),
        mirror: (log, at, read) => mirrors.mirror(log, at, read),
        grant: (log, write) => mirrors.grant(log, write),
        askHub: (log, at, body) => mirrors.askHub(log, at, body),
        joined: (session) => this.#peers.joined(session),
        branches: this.#branches,
      },
      border,
      readers: new Readers({ ports, self, hub, acknowledged: (log) => this.#upkeep.touched(log) }),
      blobs: new BlobRoom({ ...DEFAULT_BLOB_LIMITS, ...options.blobLimits }, ports.freeBytes ?? unlimited),
      ledger,
      exitPass: options.exitPass,
      keepReport: options.keepReport,
      tokens: options.tokens === undefined ? undefined : new TokenDesk(options.tokens),
      push: options.push,
      witness: options.witness,
      challenges:
        ledger &&
        new Challenges({
          ports,
          self,
          record: (leaf) => ledger.record(leaf),
          evidence: createEvidencePorts(ports.sha256, ports.verify),
          link: (ref) => this.#peers.link(ref),
        }),
      deviceGone: (identity) => this.#endGoneDevices(identity),
    };
  }

  /** Opens a station over its store, goes on with its mirrors and begins to dial its peers. */
  static async open(options: StationOptions): Promise<Station> {
    const hub = await Hub.open(options.ports, options.self);
    const { key } = options.self.ref;
    const kept = new Border({ ports: options.ports, key, region: options.self.region, policy: options.law });
    const border = options.border?.(kept) ?? kept;
    const mayShow = (region: string): boolean => border.mayLeave("commitment", region);
    const witnessing = options.witnessing && { ...options.witnessing, mayShow };
    const ledger =
      witnessing === undefined
        ? undefined
        : await Ledger.open(options.ports, { witnessing, time: hub.time, egress: kept.book });
    await ledger?.begin();
    const station = new Station(options, hub, ledger, { border, book: kept.book });
    await station.#start();
    return station;
  }

  async #start(): Promise<void> {
    const { ports, jitter, peerUrls } = this.#options;
    await this.#mirrors.start();
    await this.#branches.start();
    const parts = { peers: this.#peers, store: ports.store, clock: ports.clock, jitter, signal: this.#stop.signal };
    const upkeep = this.#upkeep.run(this.#stop.signal, async () => this.#leavings?.due());
    this.#work.push(keepOperatorPeers(peerUrls ?? [], parts), this.#tend(), upkeep, this.#book.run(this.#stop.signal));
    if (this.ledger !== undefined) this.#work.push(this.ledger.run(this.#stop.signal));
    if (this.#removals !== undefined) this.#work.push(this.#removals.resume());
    ports.observer.note("station started");
  }

  /** Links that are open. */
  get linkCount(): number {
    return this.#sessions.size;
  }

  /** Logs in memory. */
  get hotLogCount(): number {
    return this.#hub.cache.count;
  }

  /** Takes a link that somebody dialed. */
  accept(link: Link): void {
    this.#session(link, "acceptor");
  }

  /**
   * Removes the body of an entry, lawfully and overtly; resolves to its tombstone's place when the body is gone.
   *
   * @throws StationError as `Removals.order`; `station/closed` for a station that keeps no log of its own
   */
  async remove(order: RemovalOrder): Promise<TombstonePlace> {
    if (this.#removals === undefined) throw stationError("station/closed");
    return await this.#removals.order(order);
  }

  #session(link: Link, role: "acceptor" | "dialer"): Session {
    const session = new Session(this.#services, link, role, (ended) => {
      this.#sessions.delete(ended);
      this.#peers.left(ended);
      this.#options.ports.observer.count("links_closed", 1);
    });
    this.#sessions.add(session);
    this.#options.ports.observer.count("links_opened", 1);
    if (this.#closing !== undefined) session.frames.goodbye("station/shutting-down");
    return session;
  }

  async #tend(): Promise<void> {
    const { clock } = this.#options.ports;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(TEND_EVERY_MS, this.#stop.signal).catch(() => undefined);
      const nowMs = clock.nowMs();
      for (const session of this.#sessions) session.tend(nowMs);
      this.#hub.cache.sweep();
    }
  }

  /** Ends links of devices that their identity no longer lists. */
  async #endGoneDevices(identity: IdentityId): Promise<void> {
    for (const session of this.#sessions) {
      const { account } = session;
      if (account === undefined || !equalBytes(account.identity, identity)) continue;
      try {
        await this.#services.accounts.needDevice(identity, account.device);
      } catch {
        session.frames.goodbye("station/not-authenticated");
        this.#services.push?.gone(account.device);
      }
    }
  }

  /** Takes nothing more, lets what was taken reach the disk and its receipts leave, then ends every link. Idempotent. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#options.ports.observer.note("station stopping");
    this.#options.push?.close();
    this.#stop.abort(stationError("station/shutting-down"));
    await this.#hub.drained();
    // Receipts of the last commit are sent at the end of the turn in which they were made.
    await Promise.resolve();
    const open = [...this.#sessions];
    for (const session of open) session.frames.goodbye("station/shutting-down");
    await Promise.all(open.map((session) => session.ended));
    await Promise.all([this.#mirrors.stopped(), this.#branches.stopped(), ...this.#work]);
    await this.#hub.feeds.idle();
    this.#options.ports.observer.note("station stopped");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const unlimited = (): number => Number.MAX_SAFE_INTEGER;

/** The widest class among the station's own URLs; a station without a URL is nobody's way in and dials as a public one. */
function ownClass({ self }: StationOptions): AddressClass {
  const classes = self.ref.urls.map(routeClass).filter((one) => one !== undefined);
  for (const wide of ["public", "private", "link-local", "loopback"] as const) if (classes.includes(wide)) return wide;
  return "public";
}
