/*
 * A volunteer's tab (protocol/8-road.md P-115): holds a light link to a station, answers the offers that come over it, and hands what opens to a
 * relay that dials nothing but what the station's signed list names. It has no log and no names; when it is stopped, everything ends.
 */
import type { Verifier } from "@chapar/wire/bytes";
import { type AddressClass, mayDial, routeClass } from "../address-class.ts";
import { backoffMs } from "../backoff.ts";
import { CarrierError } from "../errors.ts";
import type { Link, Rng } from "../port.ts";
import { openRelayList, type ListedPlace, type RelayList } from "../relay/list.ts";
import type { RelayMeter } from "../relay/meter.ts";
import { Relay } from "../relay/relay.ts";
import { channelLink } from "./channel-link.ts";
import { heldLink } from "./held-link.ts";
import { encodeHelp, type HelpFrame, HelpReader, MAX_STATION_BODY_BYTES } from "./help-frames.ts";
import type { SnowParty } from "./party.ts";
import { answer, opened, type RtcEnd, type RtcPorts } from "./rtc.ts";
import { isStunPlace } from "./snow-route.ts";

/** People at once, each with a connection that may be a spare one. */
const USUAL_PEOPLE = 8;
/** A spare connection may wait so long to be used. */
const SPARE_LIMIT_MS = 10 * 60_000;
const KEY_BYTES = 32;
const REST_EVERY_MS = 5_000;
/** Without a word from the station, its link is gone. */
const STILL_LIMIT_MS = 60_000;

/** What a volunteer needs. */
export interface VolunteerOptions extends RtcPorts {
  readonly rng: Rng;
  readonly verify: Verifier;
  /** the station's key, which its list must be signed by; undefined: the first list that is signed says whose it is */
  readonly stationKey: Uint8Array | undefined;
  /** the class of the station's own address: narrower ones are neither dialed nor told */
  readonly own: AddressClass;
  /** Opens a link to the station's door for volunteers. */
  readonly connect: (signal: AbortSignal) => Promise<Link>;
  /** Opens a link to a URL of a listed place; to be sealed by whoever asked for it. */
  readonly dial: (url: string, signal: AbortSignal) => Promise<Link>;
  readonly meter: RelayMeter;
  /** 8 */
  readonly maxPeople?: number;
  /** something in `state` is another than before */
  readonly onChange?: () => void;
}

/** `seeking`: the station is not reached; `forged`: it showed a list that nobody may follow; `resting`: outside of what was allowed; `ready`: waiting or helping. */
export type VolunteerMood = "seeking" | "forged" | "resting" | "ready";

/** How a volunteer is doing. */
export interface VolunteerState {
  readonly mood: VolunteerMood;
  /** streams that are open now */
  readonly people: number;
  /** connections that were made and carry nothing yet */
  readonly spare: number;
}

/** Helps until it is disposed. */
export class Volunteer implements AsyncDisposable {
  readonly #options: VolunteerOptions;
  readonly #relay: Relay;
  readonly #ends = new Set<RtcEnd>();
  readonly #life = new AbortController();
  readonly #done: Promise<void>;
  #list: RelayList | undefined;
  #stun: string | undefined;
  #desk: Link | undefined;
  #isForged = false;
  #toldRoom = -1;

  constructor(options: VolunteerOptions) {
    this.#options = options;
    const { clock, meter } = options;
    const most = options.maxPeople ?? USUAL_PEOPLE;
    this.#relay = new Relay({
      clock,
      meter,
      list: () => this.#list,
      dial: (place, signal) => this.#dial(place, signal),
      bounds: { maxStreams: most, maxStreamsOfSource: most, maxPending: most, openLimitMs: SPARE_LIMIT_MS },
    });
    this.#done = Promise.all([this.#run(), this.#restInTime()]).then(() => undefined);
  }

  get state(): VolunteerState {
    const isReady = this.#desk !== undefined && this.#list !== undefined;
    const waking = this.#options.meter.isResting ? "resting" : isReady ? "ready" : "seeking";
    const mood = this.#isForged ? "forged" : waking;
    return { mood, people: this.#relay.streamCount, spare: this.#relay.pendingCount };
  }

  /** Ends everything at once; nobody is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    this.#desk?.close();
    const over = this.#relay[Symbol.asyncDispose]();
    for (const { peer } of this.#ends) peer.close();
    this.#ends.clear();
    await Promise.all([over, this.#done]);
  }

  get #room(): number {
    if (this.#options.meter.isResting || this.#list === undefined) return 0;
    return Math.max(0, (this.#options.maxPeople ?? USUAL_PEOPLE) - this.#ends.size);
  }

  async #run(): Promise<void> {
    const { signal } = this.#life;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        this.#desk = await this.#options.connect(signal);
        const wasHeard = await this.#serve(this.#desk);
        if (wasHeard) failures = 0;
      } catch {
        // Not reached now: the next try comes by itself.
      }
      this.#desk = undefined;
      this.#changed();
      await this.#options.clock.sleep(backoffMs(failures, this.#options.rng), signal).catch(() => undefined);
    }
  }

  /** @returns whether the station said anything */
  async #serve(desk: Link): Promise<boolean> {
    const reader = new HelpReader(MAX_STATION_BODY_BYTES);
    let heardAtMs = this.#options.clock.nowMs();
    let wasHeard = false;
    this.#toldRoom = -1;
    desk.receive((chunk) => {
      wasHeard = true;
      heardAtMs = this.#options.clock.nowMs();
      if (!reader.push(chunk, (frame) => this.#take(frame))) desk.close();
    });
    const bell = new AbortController();
    const watch = async (): Promise<void> => {
      for (;;) {
        await this.#options.clock.sleep(STILL_LIMIT_MS, bell.signal);
        desk.send(encodeHelp({ type: "still" }));
        if (this.#options.clock.nowMs() - heardAtMs >= STILL_LIMIT_MS) return desk.close();
      }
    };
    watch().catch(() => undefined);
    if (this.#life.signal.aborted) desk.close();
    await desk.ended;
    bell.abort();
    return wasHeard;
  }

  async #restInTime(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#options.clock.sleep(REST_EVERY_MS, signal).catch(() => undefined);
      this.#relay.rest();
      this.#changed();
    }
  }

  #changed(): void {
    const room = this.#room;
    if (this.#desk !== undefined && room !== this.#toldRoom && !this.#life.signal.aborted) {
      this.#toldRoom = room;
      this.#desk.send(encodeHelp({ type: "hello", room }));
    }
    this.#options.onChange?.();
  }

  #take(frame: HelpFrame): boolean {
    if (frame.type === "welcome") void this.#welcome(frame.list, frame.stun).catch(() => undefined);
    else if (frame.type === "offer") void this.#answer(frame.number, frame.party).catch(() => undefined);
    else return frame.type === "still";
    return true;
  }

  async #welcome(bytes: Uint8Array, stun: string): Promise<void> {
    const { clock, stationKey, verify } = this.#options;
    const issuer = stationKey ?? this.#list?.issuer ?? bytes.slice(1, 1 + KEY_BYTES);
    const list = await openRelayList(bytes, issuer, verify);
    const isNew = list !== undefined && list.number >= (this.#list?.number ?? 0) && clock.nowMs() < list.expiresAtMs;
    this.#isForged = !isNew;
    if (isNew) this.#list = list;
    this.#stun = isStunPlace(stun) ? stun : undefined;
    this.#changed();
  }

  async #answer(number: number, offer: SnowParty): Promise<void> {
    const { own } = this.#options;
    const { signal } = this.#life;
    const refuse = (): void => this.#desk?.send(encodeHelp({ type: "answer", number, party: undefined }));
    if (this.#room === 0) return refuse();
    let end: RtcEnd;
    try {
      end = await answer(this.#options, offer, { stun: this.#stun, own }, signal);
    } catch {
      return refuse();
    }
    this.#ends.add(end);
    this.#changed();
    this.#desk?.send(encodeHelp({ type: "answer", number, party: end.party }));
    const leave = (): void => {
      end.peer.close();
      this.#ends.delete(end);
      this.#changed();
    };
    try {
      await opened(this.#options, end, signal);
    } catch {
      return leave();
    }
    const link = channelLink(end, this.#options);
    this.#relay.accept(link);
    void link.ended.then(() => leave());
    return undefined;
  }

  /** What the list names for a key, and no address behind the volunteer's own door (P-63). */
  async #dial({ urls, kind }: ListedPlace, signal: AbortSignal): Promise<Link> {
    let failure: unknown = new CarrierError("carrier/unreachable");
    for (const url of kind === "station" ? urls : []) {
      const target = routeClass(url);
      if (target === undefined || !mayDial(this.#options.own, target)) continue;
      try {
        const link = heldLink(await this.#options.dial(url, signal));
        this.#changed();
        void link.ended.then(() => this.#changed());
        return link;
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }
}
