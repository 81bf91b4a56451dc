/*
 * A station's ear on the local network: unless its operator wants it announced (lan-announcer.ts) it says nothing unasked, and answers whoever asks by a name that only holders of its key can ask by, to that one alone
 * (RFC 6762 §5.4, §6.7). Joining groups on interfaces that come and go is multicast-dns'.
 */
import { createHash } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import type { MulticastDNS, QueryPacket, ResponseOutgoingPacket } from "multicast-dns";
import { addressClass } from "../address-class.ts";
import { lanNames } from "../lan/lan-route.ts";
import { LanAnnouncer } from "./lan-announcer.ts";
import { MDNS } from "./lan-finder.ts";

/** What it needs. */
export interface LanResponderOptions {
  /** the station's key */
  readonly key: Uint8Array;
  /** where its door for the local network is */
  readonly port: number;
  /** whether everybody on the network is told of it (J-30); not */
  readonly isAnnounced?: boolean;
  readonly nowMs?: () => number;
  /** 5353 */
  readonly mdnsPort?: number;
  /** address of the one interface to listen at; all */
  readonly interface?: string;
}

/** One that runs. */
export type LanResponder = AsyncDisposable;

/** Answers in a second: more are a flood. */
const MOST_PER_SECOND = 50;
const TTL_S = 10;
const SECOND_MS = 1_000;

/** A port of the name that was asked. */
function answer(id: number, name: string, port: number): ResponseOutgoingPacket {
  const question = { name, type: "SRV" as const, class: "IN" as const };
  const data = { priority: 0, weight: 0, port, target: name };
  // RFC 6762 §6.7: whoever asks from another port than the well-known one is answered as by an ordinary server.
  const flags = { id, flags: 0x0400 } as object;
  return { ...flags, questions: [question], answers: [{ ...question, ttl: TTL_S, data }] };
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** Starts one. @throws Error from the socket */
export async function startLanResponder(options: LanResponderOptions): Promise<LanResponder> {
  const { key, port, nowMs = Date.now, mdnsPort = MDNS.port } = options;
  const { default: multicastDns } = await import("multicast-dns");
  // Bound to one address, a socket would hear nothing of what is sent to the group.
  const at = { bind: "0.0.0.0", ...(options.interface === undefined ? {} : { interface: options.interface }) };
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const mdns: MulticastDNS = multicastDns({ port: mdnsPort, loopback: true, socket, ...at });
  const announcer =
    options.isAnnounced === true
      ? new LanAnnouncer({ mdns, socket, key, port, mdnsPort, interface: options.interface })
      : undefined;
  const isWithin = withinRate(nowMs);
  mdns.on("warning", () => undefined);
  mdns.on("query", (query: QueryPacket, from: RemoteInfo) => {
    if (addressClass(from.address) === "public") return;
    const names = lanNames(sha256, key, nowMs());
    const asked = query.questions?.find(({ name, type }) => type === "SRV" && names.includes(name.toLowerCase()));
    const isAsked = announcer?.isAsked(query) === true;
    if ((asked === undefined && !isAsked) || !isWithin()) return;
    const { id = 0 } = query as { readonly id?: number };
    if (asked === undefined) announcer?.answer(query, from);
    else mdns.respond(answer(id, asked.name, port), from);
  });
  const ready = new Promise<void>((resolve, reject) => {
    mdns.once("ready", resolve);
    mdns.once("error", reject);
  });
  await ready;
  // A network that goes away is no reason to stop.
  mdns.on("error", () => undefined);
  announcer?.announce();
  (mdns as NodeJS.EventEmitter).on("networkInterface", () => announcer?.announce());
  return {
    async [Symbol.asyncDispose]() {
      await announcer?.end();
      await new Promise<void>((resolve) => mdns.destroy(() => resolve()));
    },
  };
}

/** Whether one more answer may leave in this second. */
function withinRate(nowMs: () => number): () => boolean {
  let second = 0;
  let answered = 0;
  return () => {
    const now = Math.floor(nowMs() / SECOND_MS);
    if (now !== second) [second, answered] = [now, 0];
    return ++answered <= MOST_PER_SECOND;
  };
}
