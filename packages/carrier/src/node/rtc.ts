/*
 * WebRTC for Node: the library that browsers are built on, as a prebuilt binary inside its package (docs/dependencies.md). It is loaded when a
 * first connection is made, and where there is no binary for the platform, routes of this kind are unreachable.
 */
import { CarrierError } from "../errors.ts";
import type { NewRtcPeer } from "../snow/rtc.ts";

/** Makes connections of this machine. */
export const newRtcPeer: NewRtcPeer = async (stun) => {
  const library = await import("@roamhq/wrtc").catch((cause: unknown) => {
    throw new CarrierError("carrier/unreachable", "no webrtc", { cause });
  });
  return new library.default.RTCPeerConnection({ iceServers: stun === undefined ? [] : [{ urls: `stun:${stun}` }] });
};
