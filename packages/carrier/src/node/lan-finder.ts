/*
 * Asks the local network where a name is: one question by multicast from a port of our own on each interface (a one-shot query, RFC 6762 §5.1), so that nothing
 * has to listen at the well-known port, and answers come to nobody but us.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { addressClass } from "../address-class.ts";
import { decodeDnsMessage, DNS_CODE, encodeDnsQuery } from "../dns/dns-message.ts";

/** RFC 6762 §3. */
export const MDNS = { group: "224.0.0.251", port: 5353 } as const;
const TYPE_SRV = 33;
/** SRV data: priority, weight, port, target (RFC 2782). */
const SRV_PORT_AT = 4;
/** A question may get lost on a radio; it is asked again after this. */
const AGAIN_MS = 300;
/** Answers to one question beyond which nobody is listened to. */
const MAX_ANSWERS = 8;

/** Where somebody says that a name is. */
export interface LanPlace {
  readonly host: string;
  readonly port: number;
}

/** Where and how it is asked. */
export interface LanFinderOptions {
  /** addresses of the interfaces to ask at; all of IPv4 but loopback */
  readonly interfaces?: readonly string[];
  /** 5353 */
  readonly port?: number;
}

/** IPv4 addresses of this machine on networks that somebody else may be in. @param only  the one that is chosen */
export function lanAddresses(only?: string): readonly string[] {
  if (only !== undefined) return [only];
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

async function open(at: string): Promise<Socket | undefined> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  try {
    socket.bind(0, at);
    await once(socket, "listening");
    socket.setMulticastInterface(at);
    socket.setMulticastTTL(255);
    return socket;
  } catch {
    // An interface that has just gone.
    socket.close();
    return undefined;
  }
}

/** The port that an answer names, when it is one to our question. */
function portIn(bytes: Uint8Array, name: string): number | undefined {
  const read = decodeDnsMessage(bytes);
  if (!read.ok || !read.value.isAnswer || read.value.code !== DNS_CODE.ok) return undefined;
  const record = read.value.answers.find(
    (each) => each.type === TYPE_SRV && each.name.join(".").toLowerCase() === name,
  );
  if (record === undefined || record.data.byteLength <= SRV_PORT_AT + 2) return undefined;
  const port = ((record.data[SRV_PORT_AT] ?? 0) << 8) | (record.data[SRV_PORT_AT + 1] ?? 0);
  return port === 0 ? undefined : port;
}

/**
 * Asks for a name until the signal aborts, and tells of each place once. Anybody on the network may answer: whoever is there has to prove the key.
 *
 * @param found called for at most eight places, none of them on the open internet
 */
export async function findOnLan(
  name: string,
  { interfaces = lanAddresses(), port = MDNS.port }: LanFinderOptions,
  found: (place: LanPlace) => void,
  signal: AbortSignal,
): Promise<void> {
  const opened = await Promise.all(interfaces.map(open));
  const sockets = opened.filter((socket) => socket !== undefined);
  const close = (): void => {
    clearInterval(timer);
    for (const socket of sockets) socket.close();
  };
  const known = new Set<string>();
  const query = encodeDnsQuery(0, name.split("."), TYPE_SRV);
  // Multicast: nobody recurses (RFC 6762 §18.6).
  query[2] = 0;
  const ask = (): void => {
    for (const socket of sockets) socket.send(query, port, MDNS.group, () => undefined);
  };
  for (const socket of sockets) {
    socket.on("message", (bytes, { address }) => {
      const at = portIn(new Uint8Array(bytes), name);
      const place = `${address} ${at ?? 0}`;
      if (at === undefined || known.size >= MAX_ANSWERS || known.has(place)) return;
      if (addressClass(address) === "public") return;
      known.add(place);
      found({ host: address, port: at });
    });
  }
  const timer = setInterval(ask, AGAIN_MS);
  if (signal.aborted) return close();
  signal.addEventListener("abort", close, { once: true });
  ask();
}
