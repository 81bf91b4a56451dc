/*
 * Sessions over what a browser can drive: its WebSocket, bursts over fetch, and volunteers' tabs over its WebRTC, asked for over one of the
 * first two. No browser tells which network it is in.
 */
import { SESSION_PATH, snowCarrier } from "@chapar/carrier";
import { newRtcPeer, noiseCrypto, webBurstCarrier, webSocketCarrier } from "@chapar/carrier/web";
import { Road, type RoadPorts } from "../link/road.ts";

/** A road of this browser. */
export function openWebRoad(ports: RoadPorts): Road {
  const plain = [webSocketCarrier({ linkPath: SESSION_PATH }), webBurstCarrier()];
  const snow = snowCarrier({ clock: ports.clock, crypto: noiseCrypto(), newPeer: newRtcPeer, carriers: plain });
  return new Road({
    ...ports,
    carriers: [...plain, snow],
    attend: (route, session) => snow.attend(route, session),
  });
}
