/*
 * Links of their own (protocol/18-unlinkability.md §1): each room is attended over a link on which the account is never shown, and what names another
 * person (their keys, chain, inbox) or a file is asked over links that serve for that alone and end soon. The link of the account keeps
 * what is of the account. Some lanes stand ready and unused, so that a room that is new or a question takes one that is there already:
 * nobody sees a link begin when a conversation does, and their number says little of how many rooms there are.
 */
import type { Rng } from "@chapar/carrier";
import { isWireError, logId, logIdOf, WireError, type LogId, type Request } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { HomeLink, type Session } from "../link/home-link.ts";
import type { Apart, Gap, Push, StationLink } from "../link/station-link.ts";
import { hidden } from "./hidden.ts";
import { pace } from "./paced.ts";
import { Wallet } from "./wallet.ts";

/** Within which time a lane that is wanted begins. */
const SPREAD_MS = 20_000;
/** A lane that serves for one question or two ends when nothing was asked for so long. */
const PASSING_MS = 60_000;
/** Lanes that stand ready, at least; and what the number of all of them is a multiple of. */
const READY = 2;
const STEP = 4;
/** Until a key that is new stands in the station's log. */
const LATER_MS = 10_000;

/** What lanes tell. */
export interface LanesListener {
  push(push: Push): void;
  gap(gap: Gap): void;
  /** the link of a room ended; the next one was shown nothing */
  lost(log: LogId): void;
}

/** What a lane serves for; a room, or a question or two. */
interface Use {
  readonly log: LogId | undefined;
  usedAtMs: number;
}

interface Lane {
  readonly home: HomeLink;
  /** the greeted link, once there is one */
  link: PromiseWithResolvers<StationLink>;
  isOpen: boolean;
  use: Use | undefined;
}

/** The lanes beside one link of the account. */
export class Lanes implements Apart {
  readonly #member: Member;
  readonly #listener: LanesListener;
  readonly #rng: Rng;
  readonly #used = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  readonly #life = new AbortController();
  readonly #account: StationLink;
  readonly #wallet: Wallet;
  /** whether the station gives tokens; until it is known, what is made waits */
  #gives = awaited<boolean>();
  /** what the account asks for itself */
  readonly #plain = new WeakSet<Request>();

  /** @param account  the link beside which they are */
  constructor(member: Member, rng: Rng, account: StationLink, listener: LanesListener) {
    this.#member = member;
    this.#account = account;
    this.#wallet = new Wallet(member);
    this.#rng = rng;
    this.#listener = listener;
    this.#fill();
    void this.#sweep();
  }

  async on(log: LogId): Promise<StationLink> {
    return this.#lane(toHex(log), log).link.promise;
  }

  of(request: Request): Promise<StationLink> | undefined {
    if (this.#plain.has(request)) return undefined;
    if (request.type === "room.mirror") return this.#payer(request, logId(request.log));
    if (request.type === "log.create") {
      const { sha256, profile, book } = this.#member;
      const log = logIdOf(sha256, profile.row.home.station.key, request.genesis);
      // What is no room is of this device: its inbox, its backup.
      return book.ofLog(log) === undefined ? undefined : this.#payer(request, log);
    }
    const name = this.#nameOf(request);
    return name === undefined ? undefined : this.#lane(name, undefined).link.promise;
  }

  /** The room's lane, on which a token was spent for what is made now (U-10); the account's link where the station gives no tokens. */
  async #payer(request: Request, log: LogId): Promise<StationLink> {
    if (!(await this.#gives.promise)) {
      this.#plain.add(request);
      return this.#account;
    }
    const lane = await this.on(log);
    if (await this.#wallet.spend(lane)) return lane;
    await this.#wallet.stock(this.#account);
    if (await this.#wallet.spend(lane)) return lane;
    throw new WireError("station/not-authenticated");
  }

  /** Has tokens ready before they are wanted; once the account was shown. @throws WireError; ClientError `client/unlogged-key`: the key is not in the log */
  async stock(): Promise<void> {
    const { clock } = this.#member;
    try {
      for (;;) {
        const held = await this.#wallet.stock(this.#account);
        if (held !== "later") return this.#gives.resolve(held === "ready");
        await clock.sleep(LATER_MS, this.#life.signal);
      }
    } catch (error) {
      // Whoever waits to make something is told; the next try is another one.
      this.#gives.reject(error);
      this.#gives = awaited();
      throw error;
    }
  }

  /** Which lane a request belongs on; undefined: the account's own link. */
  #nameOf(request: Request): string | undefined {
    if ("log" in request) {
      const name = toHex(request.log);
      return this.#used.has(name) ? name : undefined;
    }
    if (request.type === "inbox.append") return `to ${toHex(request.inbox)}`;
    if (request.type === "blob.get") return "files";
    if (request.type === "identity.anchor" || request.type === "account.register") return undefined;
    if ("identity" in request && request.type !== "account.auth") {
      const { identity } = this.#member.profile.row;
      return equalBytes(request.identity, identity) ? undefined : `of ${toHex(request.identity)}`;
    }
    return "at" in request && request.at !== undefined ? "elsewhere" : undefined;
  }

  /** @param log  of the room that it is for; without one it serves for a question or two */
  #lane(name: string, log: LogId | undefined): Lane {
    const usedAtMs = this.#member.clock.nowMs();
    const held = this.#used.get(name);
    if (held?.use !== undefined) {
      held.use.usedAtMs = usedAtMs;
      return held;
    }
    const lane = this.#takeReady();
    lane.use = { log, usedAtMs };
    this.#used.set(name, lane);
    this.#fill();
    return lane;
  }

  /** One that is open already, when there is any. */
  #takeReady(): Lane {
    const at = this.#ready.findIndex(({ isOpen }) => isOpen);
    const [lane] = this.#ready.splice(Math.max(0, at), 1);
    return lane ?? this.#dial();
  }

  /** Lanes stand ready, so many that the number of all says little. */
  #fill(): void {
    if (this.#life.signal.aborted) return;
    const used = this.#used.size;
    const all = Math.ceil((used + READY) / STEP) * STEP;
    while (used + this.#ready.length < all) this.#ready.push(this.#dial());
    for (const spare of this.#ready.splice(all - used)) this.#shut(spare);
  }

  #dial(): Lane {
    const session: Session = {
      begin: async (link) => {
        await pace(link, { clock: this.#member.clock, rng: this.#rng });
        link.onPush((push) => this.#listener.push(push));
        link.onGap((gap) => this.#listener.gap(gap));
        lane.isOpen = true;
        lane.link.resolve(link);
      },
      end: () => {
        if (!lane.isOpen) return;
        lane.isOpen = false;
        lane.link = awaited();
        if (lane.use?.log !== undefined) this.#listener.lost(lane.use.log);
      },
    };
    const home = new HomeLink(this.#member.way, session, () => undefined);
    const lane: Lane = { home, link: awaited(), isOpen: false, use: undefined };
    void this.#begin(home);
    return lane;
  }

  async #begin(home: HomeLink): Promise<void> {
    const { clock, profile, routes, way } = this.#member;
    await clock.sleep(Math.floor(this.#rng.next() * SPREAD_MS), this.#life.signal).catch(() => undefined);
    if (!this.#life.signal.aborted) home.connect(() => hidden(routes.reach(profile.row.home), way.relays === true));
  }

  /** Ends lanes that nobody asks on any more. */
  async #sweep(): Promise<void> {
    const { clock } = this.#member;
    for (;;) {
      const isOver = await clock.sleep(PASSING_MS, this.#life.signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      for (const [name, lane] of this.#used) {
        const { use } = lane;
        if (use === undefined || use.log !== undefined || clock.nowMs() - use.usedAtMs < PASSING_MS) continue;
        this.#used.delete(name);
        this.#shut(lane);
      }
      this.#fill();
    }
  }

  /** Resolves when what the station had for the rooms was pushed before. */
  async heard(): Promise<void> {
    const rooms = [...this.#used.values()].filter(({ use }) => use?.log !== undefined);
    const pings = rooms.map(async ({ link }) => (await link.promise).ask({ type: "ping" }, "pong"));
    // A lane that ends is begun again, and its room is read anew.
    const results = await Promise.allSettled(pings);
    for (const result of results) {
      if (result.status === "rejected" && !isWireError(result.reason)) throw result.reason;
    }
  }

  /** All of them end; what waits for one is told that its link ended. */
  end(): void {
    this.#life.abort();
    this.#gives.reject(new WireError("wire/link-ended"));
    const lanes = [...this.#used.values(), ...this.#ready];
    this.#used.clear();
    this.#ready.length = 0;
    for (const lane of lanes) this.#shut(lane);
  }

  #shut(lane: Lane): void {
    lane.use = undefined;
    lane.link.reject(new WireError("wire/link-ended"));
    void lane.home.close().catch((error: unknown) => this.#member.failed(error));
  }
}

/** What may never come. */
function awaited<T>(): PromiseWithResolvers<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => undefined);
  return made;
}
