/*
 * Looks for stations on the local network (protocol/17-island.md J-32, J-34): asks by multicast for those that are announced, and for one by its key. What is said is
 * hearsay until the place has proved its key.
 */
import { createHash } from "node:crypto";
import type { MulticastDNS, ResponsePacket } from "multicast-dns";
import { equalBytes } from "@chapar/wire/bytes";
import { addressClass } from "../address-class.ts";
import { announcedKey, LAN_SERVICE } from "../lan/lan-announcement.ts";
import { lanName } from "../lan/lan-route.ts";
import { SEALED_PATH } from "../web-socket-route.ts";
import { findOnLan, lanAddresses, MDNS, type LanFinderOptions, type LanPlace } from "./lan-finder.ts";
import { sealLink } from "./sealed-link.ts";
import { webSocketCarrier } from "./web-socket-carrier.ts";

/** A station that somebody says is here. */
export interface LanStation extends LanPlace {
  readonly key: Uint8Array;
  /** whether it is announced to everybody, and was not found by its key alone */
  readonly isAnnounced: boolean;
}

/** Announcements that are listened to. */
const MOST_STATIONS = 32;
const AGAIN_MS = 1_000;
const PROOF_LIMIT_MS = 4_000;
const CLOSE_LIMIT_MS = 500;

type Answer = NonNullable<ResponsePacket["answers"]>[number];

const textOf = (data: unknown): string[] =>
  (Array.isArray(data) ? data : [data]).map((each) => (Buffer.isBuffer(each) ? each.toString("latin1") : String(each)));

/** The stations that one packet announces, at the address that it came from. */
function stationsIn({ answers, additionals }: ResponsePacket, host: string): readonly LanStation[] {
  const records: readonly Answer[] = [...(answers ?? []), ...(additionals ?? [])];
  return records.flatMap((record) => {
    if (record.type !== "SRV") return [];
    const named = record.name.toLowerCase();
    const text = records.find((each) => each.type === "TXT" && each.name.toLowerCase() === named);
    const key = text?.type === "TXT" ? announcedKey(named, textOf(text.data)) : undefined;
    const { port } = record.data;
    return key === undefined || port === 0 ? [] : [{ key, host, port, isAnnounced: true }];
  });
}

/** Asks at one interface for all that are announced, from a port of its own, and joins no group. */
async function browse(
  at: string,
  { port = MDNS.port }: LanFinderOptions,
  heard: (station: LanStation) => void,
): Promise<Disposable> {
  const [{ default: multicastDns }, { createSocket }] = await Promise.all([
    import("multicast-dns"),
    import("node:dgram"),
  ]);
  const socket = createSocket("udp4");
  socket.once("listening", () => {
    try {
      socket.setMulticastInterface(at);
      socket.setMulticastTTL(255);
    } catch {
      // An interface that has just gone: nobody hears us there.
    }
  });
  const own: object = { socket, bind: at, multicast: false };
  const mdns: MulticastDNS = multicastDns({ port: 0, ...own });
  mdns.on("warning", () => undefined);
  mdns.on("error", () => undefined);
  mdns.on("response", (packet, { address }) => {
    if (addressClass(address) !== "public") for (const each of stationsIn(packet, address)) heard(each);
  });
  const ask = (): void =>
    mdns.query({ questions: [{ name: LAN_SERVICE, type: "PTR" }] }, { port, address: MDNS.group }, () => undefined);
  const timer = setInterval(ask, AGAIN_MS);
  ask();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      mdns.destroy();
    },
  };
}

/**
 * Looks until the signal aborts.
 *
 * @param home  a key that is asked for by its name of the hour as well
 * @returns each key and place once, thirty-two at most and the key that was asked for beside them; anybody on the network may have said so
 */
export async function lookOnLan(
  home: Uint8Array | undefined,
  where: LanFinderOptions,
  signal: AbortSignal,
): Promise<readonly LanStation[]> {
  const found: LanStation[] = [];
  const heard = (station: LanStation): void => {
    const { key, host, port } = station;
    const at = found.findIndex((each) => each.host === host && each.port === port && equalBytes(each.key, key));
    if (at >= 0) {
      if (station.isAnnounced) found[at] = station;
    } else if (!station.isAnnounced || found.length < MOST_STATIONS) found.push(station);
  };
  const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
  if (home !== undefined) {
    const place = (at: LanPlace): void => heard({ key: home, ...at, isAnnounced: false });
    await findOnLan(lanName(sha256, home, Date.now()), where, place, signal);
  }
  const ears = await Promise.all((where.interfaces ?? lanAddresses()).map((at) => browse(at, where, heard)));
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  for (const ear of ears) ear[Symbol.dispose]();
  return found;
}

/** Whether a place takes a sealed link by the key. Cost: one connection, four seconds at most. */
export async function provesKey({ host, port, key }: LanStation): Promise<boolean> {
  const limits = { closeLimitMs: CLOSE_LIMIT_MS, signal: AbortSignal.timeout(PROOF_LIMIT_MS) };
  try {
    const carrier = webSocketCarrier({ ...limits, dialLimitMs: PROOF_LIMIT_MS, linkPath: SEALED_PATH });
    const link = await carrier.dial(`http://${host}:${port}`, limits);
    const sealed = await sealLink(link, key, { ...limits, sealLimitMs: PROOF_LIMIT_MS });
    sealed.close();
    await sealed.ended;
    return true;
  } catch {
    return false;
  }
}
