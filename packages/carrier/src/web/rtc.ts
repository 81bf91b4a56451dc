/* WebRTC of the browser. */
import { CarrierError } from "../errors.ts";
import type { NewRtcPeer } from "../snow/rtc.ts";

/** Makes connections of this page. */
export const newRtcPeer: NewRtcPeer = (stun) => {
  if (!("RTCPeerConnection" in globalThis)) throw new CarrierError("carrier/unreachable", "no webrtc");
  return new RTCPeerConnection({ iceServers: stun === undefined ? [] : [{ urls: `stun:${stun}` }] });
};
