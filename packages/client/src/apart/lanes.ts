/*
 * Links of their own (protocol/18-unlinkability.md §1): each room is attended over a link on which the account is never shown, and what names another
 * person (their keys, chain, inbox) or a file is asked over links that serve for that alone and end soon. The link of the account keeps
 * what is of the account. A lane begins some seconds after it is wanted, at random, so that those of one person do not stand
 * next to each other at the station.
 */
import type { Rng } from "@chapar/carrier";
import { isWireError, WireError, type LogId, type Request } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { HomeLink, type Session } from "../link/home-link.ts";
import type { Apart, Gap, Push, StationLink } from "../link/station-link.ts";
import { hidden } from "./hidden.ts";

/** Within which time a lane that is wanted begins. */
export const SPREAD_MS = 20_000;
/** A lane that serves for one question or two ends when nothing was asked for so long. */
const PASSING_MS = 60_000;

/** What lanes tell. */
export interface LanesListener {
  push(push: Push): void;
  gap(gap: Gap): void;
  /** the link of a room ended; the next one was shown nothing */
  lost(log: LogId): void;
}

interface Lane {
  readonly home: HomeLink;
  /** the greeted link, once there is one */
  link: PromiseWithResolvers<StationLink>;
  current: StationLink | undefined;
  usedAtMs: number;
  readonly isPassing: boolean;
}

/** The lanes beside one link of the account. */
export class Lanes implements Apart {
  readonly #member: Member;
  readonly #listener: LanesListener;
  readonly #rng: Rng;
  readonly #lanes = new Map<string, Lane>();
  readonly #life = new AbortController();

  constructor(member: Member, rng: Rng, listener: LanesListener) {
    this.#member = member;
    this.#rng = rng;
    this.#listener = listener;
    void this.#sweep();
  }

  async on(log: LogId): Promise<StationLink> {
    return this.#lane(toHex(log), log).link.promise;
  }

  of(request: Request): Promise<StationLink> | undefined {
    const name = this.#nameOf(request);
    if (name === undefined) return undefined;
    const lane = this.#lane(name, undefined);
    lane.usedAtMs = this.#member.clock.nowMs();
    return lane.link.promise;
  }

  /** Which lane a request belongs on; undefined: the account's own link. */
  #nameOf(request: Request): string | undefined {
    // The account pays for what it makes.
    if (request.type === "room.mirror") return undefined;
    if ("log" in request) {
      const name = toHex(request.log);
      return this.#lanes.has(name) ? name : undefined;
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
    const held = this.#lanes.get(name);
    if (held !== undefined) return held;
    const session: Session = {
      begin: async (link) => {
        link.onPush((push) => this.#listener.push(push));
        link.onGap((gap) => this.#listener.gap(gap));
        lane.current = link;
        lane.link.resolve(link);
      },
      end: () => {
        if (lane.current === undefined) return;
        lane.current = undefined;
        lane.link = awaited();
        if (log !== undefined) this.#listener.lost(log);
      },
    };
    const home = new HomeLink(this.#member.way, session, () => undefined);
    const lane: Lane = {
      home,
      link: awaited(),
      current: undefined,
      usedAtMs: this.#member.clock.nowMs(),
      isPassing: log === undefined,
    };
    this.#lanes.set(name, lane);
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
      for (const [name, lane] of this.#lanes) {
        if (!lane.isPassing || clock.nowMs() - lane.usedAtMs < PASSING_MS) continue;
        this.#lanes.delete(name);
        this.#shut(lane);
      }
    }
  }

  /** Resolves when what the station had for the rooms was pushed before. */
  async heard(): Promise<void> {
    const rooms = [...this.#lanes.values()].filter(({ isPassing }) => !isPassing);
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
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    for (const lane of lanes) this.#shut(lane);
  }

  #shut(lane: Lane): void {
    lane.link.reject(new WireError("wire/link-ended"));
    void lane.home.close().catch((error: unknown) => this.#member.failed(error));
  }
}

/** A link that may never come. */
function awaited(): PromiseWithResolvers<StationLink> {
  const made = Promise.withResolvers<StationLink>();
  made.promise.catch(() => undefined);
  return made;
}
