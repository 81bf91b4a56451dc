/* The doctor on this machine: Node's sockets, and every carrier that Node can drive. */
import type { LookPorts } from "../../doctor/ports.ts";
import type { Carrier } from "../../port.ts";
import { systemClock, systemRng } from "../system.ts";
import { nodeSockets } from "./sockets.ts";

/** What a look on this machine is made with. */
export const nodeLookPorts = (
  carriers: readonly Carrier[],
  { hidesOwnHello = false }: { readonly hidesOwnHello?: boolean } = {},
): LookPorts => ({
  platform: "node",
  clock: systemClock(),
  rng: systemRng(),
  isOnline: () => true,
  carriers,
  sockets: nodeSockets,
  hidesOwnHello,
});
