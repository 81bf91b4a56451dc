/*
 * One link, from `hello` to its end: who is on it, what it has opened, how much it may still ask. Requests go through
 * the rules (rules.ts) and then to their handler (handlers.ts); a refusal is an answer, a broken rule of the protocol is
 * a `goodbye`. A peer link that we dialed is the same thing seen from the other end: it begins as a peer.
 */
import { acceptorCells, type Link } from "@chapar/carrier";
import {
  IDLE_LIMIT_MS,
  PING_AFTER_MS,
  PROTOCOL_VERSIONS,
  type Hello,
  type LogId,
  type Notice,
  type Request,
  type Response,
  type WireErrorCode,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { isStationError, STATION_CODES, stationError, type StationError } from "../errors.ts";
import { readHeader, refusal } from "../hub/append-rules.ts";
import type { Appended } from "../hub/appender.ts";
import type { Access, HotLog } from "../hub/hot-log.ts";
import { GREET_LIMIT_MS, MAX_OPEN_LOGS } from "../limits.ts";
import type { EgressNotice } from "../residency/link-ledger.ts";
import { FrameLink } from "./frame-link.ts";
import type { Handler } from "./handler.ts";
import { HANDLERS } from "./handlers.ts";
import type { RateClass } from "./rates.ts";
import { RULES } from "./rules.ts";
import type { Account, LinkState, Peer, PeerHandlers, Services } from "./services.ts";
import { TokenBucket } from "./token-bucket.ts";

const NONCE_BYTES = 32;

/** The state of one link. */
export class Session implements LinkState {
  readonly services: Services;
  readonly frames: FrameLink;
  /** 32 bytes; every proof on this link signs it */
  readonly nonce: Uint8Array;
  readonly accesses: Map<string, Access> = new Map();
  account: Account | undefined;
  peer: Peer | undefined;
  credit = 0;
  /** set by federation for links to peers */
  peerHandlers: PeerHandlers | undefined;
  readonly #buckets = new Map<RateClass, TokenBucket>();
  /** whether this side dialed; the other side then says `hello`, and may ask nothing before it has proved its key */
  readonly isDialer: boolean;
  /** what the acceptor said first; for dialers */
  readonly hello: Promise<Hello> | undefined;
  /** resolves when the link has ended */
  readonly ended: Promise<void>;
  readonly #over = Promise.withResolvers<void>();
  readonly #greeted: PromiseWithResolvers<Hello> | undefined;
  readonly #onEnded: (session: Session) => void;
  #isGreeted = false;
  #isPaced = false;
  /** what was written to last */
  #written: Access | undefined;
  #heardAtMs: number;

  constructor(services: Services, link: Link, role: "acceptor" | "dialer", onEnded: (session: Session) => void) {
    this.services = services;
    this.isDialer = role === "dialer";
    this.nonce = services.ports.rng(NONCE_BYTES);
    this.ended = this.#over.promise;
    this.#greeted = this.isDialer ? Promise.withResolvers<Hello>() : undefined;
    this.hello = this.#greeted?.promise;
    // Nobody may be waiting for a hello when the link ends.
    this.hello?.catch(() => undefined);
    this.#onEnded = onEnded;
    this.#heardAtMs = services.ports.clock.nowMs();
    this.frames = new FrameLink(link, {
      request: (id, body) => this.#request(id, body),
      notice: (body) => this.#notice(body),
      heard: () => (this.#heardAtMs = services.ports.clock.nowMs()),
      ended: () => this.#ended(),
    });
    if (!this.isDialer) this.#sayHello();
  }

  #sayHello(): void {
    const { self, ports } = this.services;
    this.frames.notify({
      type: "hello",
      versions: PROTOCOL_VERSIONS,
      station: self.ref.key,
      region: self.region,
      name: self.name,
      nonce: this.nonce,
      timeMs: ports.clock.nowMs(),
    });
  }

  /** Keeps a dialed link alive and ends a silent one (W-6); called every few seconds. */
  tend(nowMs: number): void {
    const silentMs = nowMs - this.#heardAtMs;
    if (silentMs > (this.#isGreeted ? IDLE_LIMIT_MS : GREET_LIMIT_MS)) return this.frames.goodbye("wire/idle");
    if (!this.isDialer || silentMs < PING_AFTER_MS) return;
    this.frames.ask({ type: "ping" }).catch(() => undefined);
  }

  #request(id: number, body: Request): void {
    // A request is handled in the turn in which it was heard.
    const nowMs = this.#heardAtMs;
    this.services.ports.observer.count("requests", 1, body.type);
    const rule = RULES[body.type];
    if (rule.needs === "nothing" ? this.#isGreeted : !this.#isGreeted) return this.#breach(id, "wire/unexpected-frame");
    const denied = this.#denial(body.type);
    if (denied !== undefined) return this.#refuse(id, denied, undefined);
    const isLawful = this.peer === undefined || this.services.border.mayAsk(this.peer.region, body.type);
    if (!isLawful) return this.#refuse(id, "station/region-refused", undefined);
    const waitMs = this.#bucket(rule.rate, nowMs).take(nowMs);
    if (waitMs > 0) return this.#refuse(id, "station/rate-limited", waitMs);
    if (body.type === "log.append") return this.#append(id, body.log, body.entry);
    if (body.type === "greet") return this.#greet(id, body.version);
    if (body.type === "cells") return this.#enterCells(id);
    this.#handle(id, body);
  }

  #denial(type: Request["type"]): WireErrorCode | undefined {
    const rule = RULES[type];
    const isPeer = this.peer !== undefined;
    if (rule.needs === "account" && this.account === undefined)
      return isPeer ? "station/not-allowed" : "station/not-authenticated";
    if (rule.needs === "paid" && this.account === undefined && this.credit === 0)
      return isPeer ? "station/not-allowed" : "station/not-authenticated";
    if (rule.needs === "peer" && !isPeer) return "station/not-allowed";
    return rule.notPeer === true && isPeer ? "station/not-allowed" : undefined;
  }

  #bucket(name: RateClass, nowMs: number): TokenBucket {
    const held = this.#buckets.get(name);
    if (held !== undefined) return held;
    const { link, peer } = this.services.rates;
    const made = new TokenBucket((this.peer === undefined ? link : peer)[name], nowMs);
    this.#buckets.set(name, made);
    return made;
  }

  /** A link that became a peer's is counted as one from here on. */
  becomePeer(peer: Peer, nonce: Uint8Array): void {
    this.peer = peer;
    const abroad = { key: peer.ref.key, region: peer.region };
    this.frames.border = this.services.border.link(abroad, nonce, (notice) => this.frames.notify(notice));
    this.#isGreeted = true;
    this.frames.isSymmetric = true;
    this.#buckets.clear();
  }

  #greet(id: number, version: number): void {
    const [min, max] = PROTOCOL_VERSIONS;
    if (version < min || version > max) return this.#breach(id, "wire/unknown-version");
    this.#isGreeted = true;
    this.frames.reply(id, { type: "done" });
  }

  /** The answer is the last thing that leaves as it is (U-5). */
  #enterCells(id: number): void {
    if (this.#isPaced) return this.#breach(id, "wire/unexpected-frame");
    this.#isPaced = true;
    this.frames.reply(id, { type: "done" });
    this.frames.through((link) => acceptorCells(link, this.services.ports.clock));
  }

  #handle(id: number, body: Exclude<Request, { type: "greet" | "log.append" | "cells" }>): void {
    const handler = HANDLERS[body.type] as Handler<typeof body>;
    const answer = async (): Promise<Response> => await handler(this, body);
    answer().then(
      (response) => this.#answer(id, response),
      (error: unknown) => this.#failed(id, error),
    );
  }

  #answer(id: number, response: Response): void {
    try {
      this.frames.reply(id, response);
    } catch (error) {
      this.#failed(id, error);
    }
  }

  #failed(id: number, error: unknown): void {
    if (isStationError(error) && !Object.hasOwn(STATION_CODES, error.code)) {
      return this.#refuse(id, error.code as WireErrorCode, error.detail);
    }
    this.services.ports.observer.note("unforeseen failure", { code: nameOf(error) });
    this.#refuse(id, "station/internal", undefined);
  }

  /** The hot path: no promise, no signature; the receipt is sent from the group commit's loop. */
  #append(id: number, logId: LogId, entry: Uint8Array): void {
    const access = this.#writable(logId);
    const settle = (outcome: Appended): void => {
      if (outcome.ok) this.frames.reply(id, { type: "receipt", receipt: outcome.receipt });
      else this.#refuse(id, outcome.code, outcome.detail);
    };
    if (access === undefined) return settle(refusal("station/unknown-log"));
    const { writer } = access;
    if (writer === undefined) return settle(refusal("station/not-allowed"));
    const read = readHeader(entry);
    if (!read.ok) return settle(read);
    const { hub, federation } = this.services;
    if (!access.log.isMirror) return hub.appendThen(access.log, entry, read.header, writer, settle);
    // The hub knows this station's capability, not the link's: an epoch that this link has not shown is not passed on.
    const isBeyond =
      read.header.kind !== "genesis" &&
      read.header.kind !== "knock" &&
      (writer === "founder" || read.header.epoch > writer);
    if (this.peer !== undefined || isBeyond) return settle(refusal("station/not-allowed"));
    federation.forwardAppend(access.log, entry, read.header).then(settle, (error: unknown) => this.#failed(id, error));
  }

  /** The access of a log; writers mostly go on writing to the log they wrote to last. */
  #writable(logId: LogId): Access | undefined {
    const last = this.#written;
    if (last !== undefined && equalBytes(last.log.id, logId)) return last;
    return (this.#written = this.accesses.get(bytesKey(logId)));
  }

  #refuse(id: number, code: WireErrorCode, detail: number | undefined): void {
    this.services.ports.observer.count("refusals", 1, code);
    this.frames.reply(id, { type: "error", code, detail });
  }

  /** Answers and closes: the other side does not speak the protocol. */
  #breach(id: number, code: WireErrorCode): void {
    this.#refuse(id, code, undefined);
    this.frames.goodbye(code);
  }

  #notice(body: Notice): void {
    if (body.type === "goodbye") return;
    if (body.type === "hello" && this.#greeted !== undefined) return this.#greeted.resolve(body);
    if (isEgressNotice(body) && this.frames.border !== undefined) return this.frames.border.hear(body);
    if (body.type === "log.push" && this.peerHandlers !== undefined) return this.peerHandlers.push(body);
    if (body.type === "log.gap" && this.peerHandlers !== undefined) return this.peerHandlers.gap(body);
    if (body.type === "ephemeral" && this.#isGreeted) return this.services.ephemerals.hear(this, body);
    this.frames.goodbye("wire/unexpected-frame");
  }

  #ended(): void {
    if (this.account !== undefined) {
      const read = [...this.accesses].filter(([, access]) => access.read !== undefined).map(([key]) => key);
      this.services.push?.asleep(this.account.device, read);
    }
    for (const access of this.accesses.values()) this.services.hub.endAccess(access);
    this.accesses.clear();
    this.#written = undefined;
    this.#greeted?.reject(stationError("station/peer-unreachable"));
    this.peerHandlers?.ended();
    this.#onEnded(this);
    this.#over.resolve();
  }

  /** This link's access to a log; made when it is not there. @throws StationError `station/quota` */
  accessTo(log: HotLog): Access {
    const held = this.accesses.get(log.key);
    if (held !== undefined) return held;
    if (this.accesses.size >= MAX_OPEN_LOGS) throw stationError("station/quota", MAX_OPEN_LOGS);
    const made = this.services.hub.newAccess(log, this.frames);
    // The link may have ended while the log was being loaded.
    if (this.frames.closed) this.services.hub.endAccess(made);
    else this.accesses.set(log.key, made);
    return made;
  }

  /** Takes an access away again when nothing was shown for it. */
  dropIfEmpty(access: Access): void {
    if (access.read !== undefined || access.writer !== undefined) return;
    this.accesses.delete(access.log.key);
    this.#written = undefined;
    this.services.hub.endAccess(access);
  }

  /** The access of a log opened for reading. @throws StationError `station/unknown-log` (W-11) */
  readable(log: LogId): Access {
    const access = this.accesses.get(bytesKey(log));
    if (access?.read === undefined) throw stationError("station/unknown-log");
    return access;
  }

  /** The account shown. @throws StationError `station/not-authenticated` */
  needAccount(): Account {
    if (this.account === undefined) throw stationError("station/not-authenticated");
    return this.account;
  }
}

function isEgressNotice(body: Notice): body is EgressNotice {
  return body.type === "egress.mark" || body.type === "egress.sent" || body.type === "egress.received";
}

function nameOf(error: unknown): string {
  if (isStationError(error)) return (error satisfies StationError).code;
  return error instanceof Error ? error.name : "unknown";
}
