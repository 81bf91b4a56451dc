/*
 * The part of WebRTC that snow uses, as a port: browsers have it, Node gets it from a library. The offering end makes an offer and takes an
 * answer; the answering end does both at once. There is one channel, agreed on beforehand, and all candidates travel with the
 * description: a message more would be a message more that has to get through.
 */
import type { AddressClass } from "../address-class.ts";
import { CarrierError } from "../errors.ts";
import type { Clock } from "../port.ts";
import { describeParty, partyOf, type SnowParty, withinClass } from "./party.ts";

/** As RTCDataChannel (W3C WebRTC §6.2), what is used of it. */
export interface RtcChannel {
  readonly readyState: string;
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  binaryType: string;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
}

interface RtcDescription {
  readonly type: "offer" | "answer" | "pranswer" | "rollback";
  readonly sdp?: string;
}

/** As RTCPeerConnection (W3C WebRTC §4.4), what is used of it. */
export interface RtcPeer {
  readonly localDescription: { readonly sdp: string } | null;
  readonly iceGatheringState: string;
  readonly connectionState: string;
  createDataChannel(label: string, options: { readonly negotiated: boolean; readonly id: number }): RtcChannel;
  createOffer(): Promise<RtcDescription>;
  createAnswer(): Promise<RtcDescription>;
  setLocalDescription(description: RtcDescription): Promise<void>;
  setRemoteDescription(description: RtcDescription): Promise<void>;
  addEventListener(type: string, listener: () => void): void;
  close(): void;
}

/** Makes the platform's connections. @throws CarrierError `carrier/unreachable` where there is none */
export type NewRtcPeer = (stun: string | undefined) => RtcPeer | Promise<RtcPeer>;

/** What both ends need. */
export interface RtcPorts {
  readonly clock: Clock;
  readonly newPeer: NewRtcPeer;
}

/** One end of a connection that is being made. */
export interface RtcEnd {
  readonly peer: RtcPeer;
  readonly channel: RtcChannel;
  /** what the other end has to know */
  readonly party: SnowParty;
}

/** For own addresses to be known; a STUN service that does not answer must not hold up the rest. */
const GATHER_LIMIT_MS = 1_500;
/** For a channel to open once both ends know of each other. */
const OPEN_LIMIT_MS = 10_000;
const CHANNEL = { negotiated: true, id: 0 } as const;

async function within(clock: Clock, limitMs: number, done: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const bell = new AbortController();
  const stop = (): void => bell.abort();
  signal.addEventListener("abort", stop, { once: true });
  const late = clock.sleep(limitMs, bell.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    bell.abort();
    signal.removeEventListener("abort", stop);
  }
}

function gathered(peer: RtcPeer): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => (peer.iceGatheringState === "complete" ? resolve() : undefined);
    peer.addEventListener("icegatheringstatechange", look);
    look();
  });
}

async function describe(
  { clock }: RtcPorts,
  peer: RtcPeer,
  description: RtcDescription,
  own: AddressClass,
  signal: AbortSignal,
): Promise<SnowParty> {
  await peer.setLocalDescription(description);
  await within(clock, GATHER_LIMIT_MS, gathered(peer), signal);
  signal.throwIfAborted();
  const party = partyOf(peer.localDescription?.sdp ?? "");
  if (party === undefined) throw new CarrierError("carrier/unreachable", "description");
  return withinClass(party, own);
}

/**
 * Begins a connection, as the end that is to be greeted.
 *
 * @param own addresses of a narrower class are not told
 * @throws CarrierError `carrier/unreachable`; the signal's reason when aborted
 */
export async function offer(
  ports: RtcPorts,
  { stun, own }: { readonly stun: string | undefined; readonly own: AddressClass },
  signal: AbortSignal,
): Promise<RtcEnd> {
  const peer = await ports.newPeer(stun);
  try {
    const channel = peer.createDataChannel("", CHANNEL);
    return { peer, channel, party: await describe(ports, peer, await peer.createOffer(), own, signal) };
  } catch (error) {
    peer.close();
    throw error;
  }
}

/** Tells the offering end who answered. @throws CarrierError `carrier/unusable` when the platform refuses it */
export async function takeAnswer({ peer }: RtcEnd, party: SnowParty): Promise<void> {
  try {
    await peer.setRemoteDescription({ type: "answer", sdp: describeParty(party, "active") });
  } catch (error) {
    throw new CarrierError("carrier/unusable", "answer", { cause: error });
  }
}

/** Answers an offer, as the end that greets. As `offer`. */
export async function answer(
  ports: RtcPorts,
  from: SnowParty,
  { stun, own }: { readonly stun: string | undefined; readonly own: AddressClass },
  signal: AbortSignal,
): Promise<RtcEnd> {
  const peer = await ports.newPeer(stun);
  try {
    const channel = peer.createDataChannel("", CHANNEL);
    await peer.setRemoteDescription({ type: "offer", sdp: describeParty(withinClass(from, own), "actpass") });
    return { peer, channel, party: await describe(ports, peer, await peer.createAnswer(), own, signal) };
  } catch (error) {
    peer.close();
    throw error;
  }
}

/** Waits until a channel is open. @throws CarrierError `carrier/timed-out` · `carrier/unreachable`; the signal's reason when aborted */
export async function opened({ clock }: RtcPorts, { peer, channel }: RtcEnd, signal: AbortSignal): Promise<void> {
  const open = new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (channel.readyState === "open") resolve();
      else if (channel.readyState === "closed" || peer.connectionState === "failed")
        reject(new CarrierError("carrier/unreachable", "ice"));
    };
    for (const event of ["open", "close", "error"]) channel.addEventListener(event, look);
    peer.addEventListener("connectionstatechange", look);
    look();
  });
  const isOpen = await within(clock, OPEN_LIMIT_MS, open, signal);
  signal.throwIfAborted();
  if (!isOpen) throw new CarrierError("carrier/timed-out");
}
