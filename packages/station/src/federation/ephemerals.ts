/*
 * What a station passes on and forgets (protocol/1-wire.md W-80): from somebody who may write in a room now to whoever follows it
 * now. Nothing of it is stored, counted by account, answered or promised; what does not fit is dropped where it came.
 *
 *   writer --> home --+--> residents who follow         hub --+--> its residents
 *                     +--> hub (of a mirror) ----------------+--> other homes --> theirs
 */
import type { Clock } from "@chapar/carrier";
import type { LogId, Notice, StationKey } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import type { Access, HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import { MAX_EPHEMERAL_LINKS } from "../limits.ts";
import type { Rates } from "../session/rates.ts";
import type { EphemeralDesk, LinkState } from "../session/services.ts";
import { TokenBucket } from "../session/token-bucket.ts";

type Ephemeral = Extract<Notice, { type: "ephemeral" }>;

interface EphemeralParts {
  readonly clock: Clock;
  readonly rates: Rates["ephemeral"];
  readonly hub: Hub;
  /** the link on which a mirrored room's hub pushes */
  readonly pushing: (log: LogId, hub: StationKey) => LinkState | undefined;
}

/** Passes on. Holds nothing but how much each sender may still send in a log that is in memory. */
export class Ephemerals implements EphemeralDesk {
  readonly #parts: EphemeralParts;
  /** by log, then by who sends: an identity, or the key of a station */
  readonly #buckets = new WeakMap<HotLog, Map<string, TokenBucket>>();
  /** links to hubs that were asked whether they know this */
  readonly #asked = new WeakMap<LinkState, Promise<void>>();

  constructor(parts: EphemeralParts) {
    this.#parts = parts;
  }

  take(session: LinkState, on: boolean): void {
    session.frames.takesEphemeral = on;
    if (on) for (const { log } of session.accesses.values()) this.wanted(log);
  }

  wanted(log: HotLog): void {
    const hub = this.#hubOf(log);
    const isWanted = [...log.accesses].some((access) => access.outlet.takesEphemeral && isFollowing(access));
    if (hub !== undefined && isWanted) void this.#ask(hub);
  }

  hear(session: LinkState, { log: id, sealed }: Ephemeral): void {
    const log = this.#parts.hub.cache.peek(id);
    if (log === undefined || log.record.kind !== "room" || log.accesses.size > MAX_EPHEMERAL_LINKS) return;
    const own = session.accesses.get(log.key);
    const hub = this.#hubOf(log);
    const isHubs = hub === session;
    // As for an entry (W-12).
    if (!isHubs && own?.writer !== log.record.epoch) return;
    if (!this.#mayMore(session, log)) return;
    const body: Ephemeral = { type: "ephemeral", log: log.id, sealed: sealed.slice() };
    for (const access of log.accesses) if (access !== own && isFollowing(access)) access.outlet.offer(body);
    // A hub has it from a home and gives it to the others; a home gives it to its hub only for its own people.
    if (hub === undefined || session.peer !== undefined) return;
    void this.#ask(hub).then(() => hub.frames.offer(body));
  }

  #hubOf(log: HotLog): LinkState | undefined {
    const { mirror } = log.record;
    return mirror && this.#parts.pushing(log.id, mirror.hub.key);
  }

  /** Asks a hub once a link; one that does not know the frame is sent nothing (W-83). */
  #ask(hub: LinkState): Promise<void> {
    if (hub.frames.takesEphemeral) return Promise.resolve();
    const held = this.#asked.get(hub);
    if (held !== undefined) return held;
    const asked = askTake(hub);
    this.#asked.set(hub, asked);
    return asked;
  }

  #mayMore({ account, peer }: LinkState, log: HotLog): boolean {
    const { clock, rates } = this.#parts;
    const who = account?.identity ?? peer?.ref.key;
    // A link without an account, such as a lane, has nothing that could be counted.
    if (who === undefined) return false;
    const nowMs = clock.nowMs();
    const buckets = this.#buckets.get(log) ?? new Map<string, TokenBucket>();
    this.#buckets.set(log, buckets);
    const rate = account === undefined ? rates.station : rates.account;
    // Whoever has been quiet is as one who never spoke.
    if (buckets.size > MAX_EPHEMERAL_LINKS)
      for (const [key, bucket] of buckets) if (bucket.left(nowMs) >= 1) buckets.delete(key);
    const key = bytesKey(who);
    const bucket = buckets.get(key) ?? new TokenBucket(rate, nowMs);
    buckets.set(key, bucket);
    return bucket.take(nowMs) === 0;
  }
}

/** Whether a link follows a log to its end: a reader whose key was revoked follows, and is told nothing more (W-13). */
function isFollowing({ feed, read }: Access): boolean {
  return feed !== undefined && read !== undefined && read.until === undefined;
}

async function askTake({ frames }: LinkState): Promise<void> {
  const answer = await frames.ask({ type: "ephemeral.take", on: 1 }).catch(() => undefined);
  frames.takesEphemeral = answer?.type === "done";
}
