/*
 * Asks a server what the probes of R2 and R3 ask, over real connections, and writes down how it takes each. Probes of one
 * server go one after the other in small groups; how long a prober listens is what it can wait, not what a server does.
 */
import { connect } from "node:net";
import { type Probe, probesOf, type Reaction } from "../probes.ts";
import type { Endpoint, RuleId } from "../vocabulary.ts";

/** A server that says nothing for so long is taken to wait for ever. */
export const LISTEN_MS = 4000;
const AT_ONCE = 8;

/** Sends one probe and waits for the end, or for the prober's patience. */
export function sendProbe(server: Endpoint, probe: Probe, listenMs: number = LISTEN_MS): Promise<Reaction> {
  return new Promise((resolve) => {
    const begunMs = performance.now();
    let receivedBytes = 0;
    let isConnected = false;
    const settle = (ending: Reaction["ending"]): void => {
      clearTimeout(timer);
      socket.destroy();
      const atMs = Math.round(performance.now() - begunMs);
      resolve({ probe: probe.name, sentBytes: probe.bytes.byteLength, receivedBytes, ending, atMs });
    };
    const socket = connect({ host: server.address, port: server.port, allowHalfOpen: true }, () => {
      isConnected = true;
      if (probe.bytes.byteLength > 0) socket.write(probe.bytes);
    });
    const timer = setTimeout(() => settle(isConnected ? "open" : "refused"), listenMs);
    socket.on("data", (chunk: Buffer) => {
      receivedBytes += chunk.byteLength;
    });
    socket.on("end", () => settle("fin"));
    socket.on("error", () => settle(isConnected ? "rst" : "refused"));
  });
}

/** Sends all probes of a rule. */
export async function probeServer(
  rule: RuleId,
  server: Endpoint,
  sample: Uint8Array,
  random: () => number,
): Promise<readonly Reaction[]> {
  const probes = probesOf(rule, sample, random);
  const reactions: Reaction[] = [];
  for (let at = 0; at < probes.length; at += AT_ONCE)
    reactions.push(...(await Promise.all(probes.slice(at, at + AT_ONCE).map((probe) => sendProbe(server, probe)))));
  return reactions;
}
