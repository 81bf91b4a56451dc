/*
 * A station's ear on the local network: it announces nothing, and answers whoever asks by a name that only holders of its key can ask by, to that one alone
 * (RFC 6762 §5.4, §6.7). Joining groups on interfaces that come and go is multicast-dns'.
 */
import { createHash } from "node:crypto";
import type { MulticastDNS, ResponseOutgoingPacket } from "multicast-dns";
import { addressClass } from "../address-class.ts";
import { lanNames } from "../lan/lan-route.ts";
import { MDNS } from "./lan-finder.ts";

/** What it needs. */
export interface LanResponderOptions {
  /** the station's key */
  readonly key: Uint8Array;
  /** where its door for the local network is */
  readonly port: number;
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

/** Starts one. @throws Error from the socket */
export async function startLanResponder(options: LanResponderOptions): Promise<LanResponder> {
  const { key, port, nowMs = Date.now, mdnsPort = MDNS.port } = options;
  const { default: multicastDns } = await import("multicast-dns");
  const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
  // Bound to one address, a socket would hear nothing of what is sent to the group.
  const at = { bind: "0.0.0.0", ...(options.interface === undefined ? {} : { interface: options.interface }) };
  const mdns: MulticastDNS = multicastDns({ port: mdnsPort, loopback: true, reuseAddr: true, ...at });
  let second = 0;
  let answered = 0;
  mdns.on("warning", () => undefined);
  mdns.on("query", (query, from) => {
    if (addressClass(from.address) === "public") return;
    const atMs = nowMs();
    const names = lanNames(sha256, key, atMs);
    const asked = query.questions?.find(({ name, type }) => type === "SRV" && names.includes(name.toLowerCase()));
    if (asked === undefined) return;
    const now = Math.floor(atMs / SECOND_MS);
    if (now !== second) [second, answered] = [now, 0];
    if (++answered > MOST_PER_SECOND) return;
    const { id = 0 } = query as { readonly id?: number };
    mdns.respond(answer(id, asked.name, port), from);
  });
  await new Promise<void>((resolve, reject) => {
    mdns.once("ready", resolve);
    mdns.once("error", reject);
  });
  // A network that goes away is no reason to stop.
  mdns.on("error", () => undefined);
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => mdns.destroy(() => resolve())),
  };
}
