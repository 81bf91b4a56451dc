/*
 * The volunteer of this page: made when it is switched on, gone when it is switched off, and the numbers that the screen shows of it.
 */
import { signal, type Signal } from "@preact/signals";
import { HELP_PATH, RelayMeter, routeClass, SEALED_PATH, Volunteer, type VolunteerMood } from "@chapar/carrier";
import { newRtcPeer, sessionCrypto, systemClock, systemRng, webSocketCarrier } from "@chapar/carrier/web";
import { DAYS, type HelpRecord, limitsOf, loadHelp, saveHelp } from "./limits.ts";

const TICK_MS = 1_000;
const SAVE_EVERY_TICKS = 15;

/** The station that is helped. */
export interface HelpedStation {
  /** 32 bytes; undefined: whose page this is */
  readonly key: Uint8Array | undefined;
  readonly urls: readonly string[];
}

/** What the screen shows. */
export interface HelpView {
  readonly mood: VolunteerMood | "off" | "cannot";
  readonly people: number;
  readonly spare: number;
  readonly todayPeople: number;
  readonly todayBytes: number;
}

const OFF: HelpView = { mood: "off", people: 0, spare: 0, todayPeople: 0, todayBytes: 0 };

export const helpRecord: Signal<HelpRecord> = signal(loadHelp());
export const helpView: Signal<HelpView> = signal(withSums(OFF, helpRecord.peek()));

interface Running {
  readonly volunteer: Volunteer;
  readonly meter: RelayMeter;
  readonly station: HelpedStation;
  readonly ticking: ReturnType<typeof setInterval>;
}
let running: Running | undefined;

function withSums(view: HelpView, { sums, before }: HelpRecord): HelpView {
  if (sums?.month !== DAYS.monthOf(Date.now())) return view;
  return { ...view, todayPeople: sums.totalStreams - before, todayBytes: sums.monthBytes };
}

function show(): void {
  if (running === undefined) return;
  const { volunteer, meter } = running;
  const sums = meter.state;
  const { before, sums: held } = helpRecord.peek();
  // With a new day the count of people begins anew, as the meter's bytes do.
  if (held?.month !== sums.month) helpRecord.value = { ...helpRecord.peek(), sums, before: sums.totalStreams };
  const since = held?.month === sums.month ? before : sums.totalStreams;
  const view = { ...volunteer.state, todayPeople: sums.totalStreams - since, todayBytes: sums.monthBytes };
  if (JSON.stringify(view) !== JSON.stringify(helpView.peek())) helpView.value = view;
}

function keep(): void {
  if (running !== undefined) helpRecord.value = { ...helpRecord.peek(), sums: running.meter.state };
  saveHelp(helpRecord.peek());
}

function dialed(station: HelpedStation, signal: AbortSignal): ReturnType<ReturnType<typeof webSocketCarrier>["dial"]> {
  const carrier = webSocketCarrier({ linkPath: HELP_PATH });
  const [first, ...others] = station.urls.filter((url) => carrier.handles(url));
  let trying = carrier.dial(first ?? "", { signal });
  for (const url of others) trying = trying.catch(() => carrier.dial(url, { signal }));
  return trying;
}

/** Begins to help, or does nothing when it helps already. */
export function startHelping(station: HelpedStation): void {
  if (running !== undefined) return;
  if (!("RTCPeerConnection" in globalThis)) {
    helpView.value = { ...helpView.peek(), mood: "cannot" };
    return;
  }
  const [clock, rng] = [systemClock(), systemRng()];
  const record = helpRecord.peek();
  const meter = new RelayMeter(limitsOf(record), clock, DAYS, record.sums);
  const sealed = webSocketCarrier({ linkPath: SEALED_PATH });
  const volunteer = new Volunteer({
    clock,
    rng,
    newPeer: newRtcPeer,
    // Hashing is for sessions; a volunteer has none.
    verify: sessionCrypto({ sha256: (bytes) => bytes }).verify,
    stationKey: station.key,
    own: routeClass(station.urls[0] ?? "") ?? "public",
    connect: (signal) => dialed(station, signal),
    dial: (url, signal) => sealed.dial(url, { signal }),
    meter,
    onChange: show,
  });
  let ticks = 0;
  const ticking = setInterval(() => {
    show();
    if (++ticks % SAVE_EVERY_TICKS === 0) keep();
  }, TICK_MS);
  running = { volunteer, meter, station, ticking };
  show();
}

/** Ends everything at once. */
export function stopHelping(): void {
  if (running === undefined) return;
  const { volunteer, ticking } = running;
  clearInterval(ticking);
  keep();
  running = undefined;
  void volunteer[Symbol.asyncDispose]();
  helpView.value = { ...helpView.peek(), mood: "off", people: 0, spare: 0 };
}

/** Changes a limit; whoever helps goes on under the new one. */
export function changeLimits(change: Partial<HelpRecord>): void {
  const station = running?.station;
  stopHelping();
  helpRecord.value = { ...helpRecord.peek(), ...change };
  keep();
  if (station !== undefined) startHelping(station);
}

addEventListener("pagehide", () => keep());
