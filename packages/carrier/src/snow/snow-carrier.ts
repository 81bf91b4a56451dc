/*
 * Dials stations through volunteers' browser tabs (protocol/8-road.md §14): asks a station for a volunteer over any other route, connects
 * to the tab by WebRTC, has it open the station and seals the link to the station's key, so that the tab sees sealed bytes. While
 * a session runs over one tab, another is kept ready: tabs close when people go to bed.
 */
import { type AddressClass, routeClass } from "../address-class.ts";
import { CarrierError } from "../errors.ts";
import { agreementKeyOf } from "../noise/agreement-key.ts";
import { noiseSealLink } from "../noise/noise-link.ts";
import { noiseDial, type NoiseCrypto } from "../noise/nk.ts";
import type { Carrier, Link } from "../port.ts";
import { takeHead } from "../relay/headed-link.ts";
import { openThrough } from "../relay/open.ts";
import { prepareLink } from "../session/attach.ts";
import type { Session } from "../session/driver.ts";
import { encodeFrame } from "../session/frames.ts";
import { MAX_FIND_BYTES } from "../session/limits.ts";
import { CLOSE_LIMIT_MS, DIAL_LIMIT_MS } from "../web-socket-route.ts";
import { channelLink } from "./channel-link.ts";
import { decodeFindAnswer, encodeFindRequest, FIND_LABEL, FIND_PROLOGUE } from "./find.ts";
import { withinClass } from "./party.ts";
import { offer, opened, type RtcPorts, takeAnswer } from "./rtc.ts";
import { requireSnowRoute, snowRoute, type SnowRoute } from "./snow-route.ts";

/** Before a volunteer is asked for, so that one is not led to somebody whom another route reaches. */
const PATIENCE_MS = 1_000;
/** After a session came to run over a tab, before another tab is made ready. */
const SPARE_AFTER_MS = 2_000;
const SPARE_AGAIN_MS = 30_000;

/** What a carrier of snow needs. */
export interface SnowCarrierOptions extends RtcPorts {
  readonly crypto: NoiseCrypto;
  /** what drives the ways to stations that are asked; their links lead to a SessionAcceptor. The first that handles a route */
  readonly carriers: readonly Carrier[];
  /** before a volunteer is asked for, unless one is ready; 1 s */
  readonly patienceMs?: number;
  /** until a dialed route is open to the station; 20 s */
  readonly dialLimitMs?: number;
  /** until the station has answered a close; 5 s */
  readonly closeLimitMs?: number;
}

/** A carrier that can be told which session runs over it. */
export interface SnowCarrier extends Carrier {
  /** A session runs over a route of this carrier from now on: keeps another volunteer ready for it until it ends. */
  attend(route: string, session: Session): void;
}

/** A way to a station that can be asked one question. */
interface Counter {
  ask(message: Uint8Array): Promise<Uint8Array>;
  /** for when there is nothing to ask after all; also ends a question */
  drop(): void;
}

type Reach = (signal: AbortSignal) => Promise<Counter>;

interface Asking {
  readonly reach: Reach;
  readonly avoid: readonly number[];
  readonly mayRepeat: boolean;
}

interface Found {
  readonly link: Link;
  readonly volunteer: number;
}

function unusable(reason: string): CarrierError {
  return new CarrierError("carrier/unusable", reason);
}

/** Over a link that leads to the door for sessions; it ends with the answer. */
async function counterOver(link: Link, at: Uint8Array): Promise<Counter> {
  try {
    const { framed } = await prepareLink(link, { acceptorKey: at });
    return {
      async ask(message) {
        link.send(encodeFrame.echo("find", message));
        const found = await framed.next();
        if (found?.type !== "found") throw unusable("find");
        return found.bytes.slice();
      },
      drop: () => link.close(),
    };
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Inside a session with the station. */
function counterInside(session: Session): Counter {
  const stream = session.open("text", FIND_LABEL);
  if (stream === undefined) throw unusable("streams");
  return {
    async ask(message) {
      stream.send(Uint8Array.of(message.byteLength >> 8, message.byteLength & 0xff));
      stream.send(message);
      const { head, rest } = takeHead(stream, 2);
      const length = await head;
      const sizeBytes = length === undefined ? 0 : ((length[0] ?? 0) << 8) | (length[1] ?? 0);
      if (sizeBytes === 0 || sizeBytes > MAX_FIND_BYTES) throw unusable("find");
      const found = await takeHead(rest, sizeBytes).head;
      if (found === undefined) throw unusable("find");
      return found;
    },
    drop: () => stream.close(),
  };
}

class VolunteersCarrier implements SnowCarrier {
  readonly kind = "snow";
  readonly #options: SnowCarrierOptions;
  /** one connection for a route that nothing was asked of yet */
  readonly #spare = new Map<string, Found>();
  readonly #attended = new Map<string, Session>();
  /** the volunteer that each route led to last */
  readonly #last = new Map<string, number>();

  constructor(options: SnowCarrierOptions) {
    this.#options = options;
  }

  handles(route: string): boolean {
    const inner = snowRoute(route)?.inner;
    return inner !== undefined && this.#options.carriers.some((each) => each.handles(inner));
  }

  async dial(route: string, { signal }: { readonly signal: AbortSignal }): Promise<Link> {
    signal.throwIfAborted();
    const read = requireSnowRoute(route);
    const { clock, dialLimitMs = DIAL_LIMIT_MS } = this.#options;
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const bell = new AbortController();
    clock.sleep(dialLimitMs, bell.signal).then(
      () => stop.abort(new CarrierError("carrier/timed-out")),
      () => undefined,
    );
    try {
      return await this.#reach(route, read, stop.signal);
    } finally {
      bell.abort();
      signal.removeEventListener("abort", abort);
    }
  }

  attend(route: string, session: Session): void {
    if (!this.handles(route) || this.#attended.get(route) === session) return;
    this.#attended.set(route, session);
    const stop = new AbortController();
    void session.ended.then(() => {
      stop.abort();
      return this.#leave(route, session);
    });
    void this.#keepSpare(route, session, stop.signal).catch(() => undefined);
  }

  async #reach(route: string, read: SnowRoute, signal: AbortSignal): Promise<Link> {
    const { clock, crypto, closeLimitMs = CLOSE_LIMIT_MS, patienceMs = PATIENCE_MS } = this.#options;
    const spare = this.#spare.get(route);
    this.#spare.delete(route);
    if (spare === undefined && patienceMs > 0) await clock.sleep(patienceMs, signal);
    const { link, volunteer } =
      spare ??
      (await this.#find(read, { reach: this.#counter(read), avoid: this.#avoid(route), mayRepeat: true }, signal));
    this.#last.set(route, volunteer);
    // A link that is waited for in vain ends when the wait is over, and what waits for it then fails.
    const close = (): void => link.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      signal.throwIfAborted();
      const open = await openThrough(link, read.station);
      return await noiseSealLink(open, read.station, { clock, crypto, closeLimitMs, signal });
    } catch (error) {
      link.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  #avoid(route: string): readonly number[] {
    const last = this.#last.get(route);
    return last === undefined ? [] : [last];
  }

  #counter({ inner, at }: SnowRoute): Reach {
    return async (signal) => {
      const carrier = this.#options.carriers.find((each) => each.handles(inner));
      if (carrier === undefined) throw new CarrierError("carrier/bad-route");
      const link = await carrier.dial(inner, { signal });
      const stop = (): void => link.close();
      signal.addEventListener("abort", stop, { once: true });
      void link.ended.then(() => signal.removeEventListener("abort", stop));
      if (signal.aborted) stop();
      return await counterOver(link, at);
    };
  }

  /** One volunteer, connected. Whoever else is there is not asked. */
  async #find(read: SnowRoute, { reach, avoid, mayRepeat }: Asking, signal: AbortSignal): Promise<Found> {
    const { crypto } = this.#options;
    const own: AddressClass = routeClass(read.inner) ?? "public";
    // The way to whoever is asked opens while this end learns its own addresses.
    const opening = reach(signal);
    const drop = (): void => void opening.then((counter) => counter.drop()).catch(() => undefined);
    opening.catch(() => undefined);
    const end = await offer(this.#options, { stun: read.stun, own }, signal).catch((error: unknown) => {
      drop();
      throw error;
    });
    try {
      const request = encodeFindRequest({ station: read.station, offer: end.party, avoid, mayRepeat });
      const key = agreementKeyOf(read.at);
      const asked = key && (await noiseDial(crypto, key, FIND_PROLOGUE, request));
      if (asked === undefined) throw unusable("key");
      const counter = await opening;
      const agreed = await asked.finish(await counter.ask(asked.message));
      drop();
      const said = agreed && decodeFindAnswer(agreed.payload);
      if (said?.ok !== true) throw unusable("find");
      if (!said.value.found) throw new CarrierError("carrier/refused", said.value.why);
      await takeAnswer(end, withinClass(said.value.party, own));
      await opened(this.#options, end, signal);
      const { closeLimitMs = CLOSE_LIMIT_MS, clock } = this.#options;
      return { link: channelLink(end, { clock, closeLimitMs }), volunteer: said.value.volunteer };
    } catch (error) {
      drop();
      end.peer.close();
      signal.throwIfAborted();
      throw error;
    }
  }

  /** While a session runs over a route, there is another volunteer for it. */
  async #keepSpare(route: string, session: Session, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const read = requireSnowRoute(route);
    const isAsked = this.#options.carriers.length > 0 && read.at.every((byte, i) => byte === read.station[i]);
    const reach: Reach = isAsked ? () => Promise.resolve().then(() => counterInside(session)) : this.#counter(read);
    await clock.sleep(SPARE_AFTER_MS, signal);
    for (;;) {
      if (session.route === route && !this.#spare.has(route)) {
        const how = { reach, avoid: this.#avoid(route), mayRepeat: false };
        const found = await this.#find(read, how, signal).catch(() => undefined);
        if (found !== undefined) this.#hold(route, found, signal);
      }
      await clock.sleep(this.#spare.has(route) ? SPARE_AFTER_MS : SPARE_AGAIN_MS, signal);
    }
  }

  #hold(route: string, found: Found, signal: AbortSignal): void {
    if (signal.aborted) return found.link.close();
    this.#spare.set(route, found);
    void found.link.ended.then(() => (this.#spare.get(route) === found ? this.#spare.delete(route) : false));
    return undefined;
  }

  #leave(route: string, session: Session): void {
    if (this.#attended.get(route) !== session) return;
    this.#attended.delete(route);
    this.#spare.get(route)?.link.close();
    this.#spare.delete(route);
  }
}

/** Drives `snow+…` routes. Its links lead to the door at which stations take sealed links of sessions. */
export function snowCarrier(options: SnowCarrierOptions): SnowCarrier {
  return new VolunteersCarrier(options);
}
