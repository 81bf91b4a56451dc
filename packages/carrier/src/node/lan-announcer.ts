/*
 * Says on the local network that a station is there, where its operator wants that (protocol/17-island.md J-30, J-31): unasked when it begins and when a network comes, in
 * answer to who asks, and takes it back when it ends. RFC 6762 as far as one service with a name of its own needs it; packets and groups are multicast-dns'.
 */
import type { RemoteInfo, Socket } from "node:dgram";
import type { MulticastDNS, QueryPacket, ResponseOutgoingPacket } from "multicast-dns";
import { announcedNames, LAN_SERVICE, type LanNames } from "../lan/lan-announcement.ts";
import { lanAddresses } from "./lan-finder.ts";

type Record = ResponseOutgoingPacket["answers"][number];
type Question = NonNullable<QueryPacket["questions"]>[number];

/** What it needs. */
export interface AnnouncerOptions {
  readonly mdns: MulticastDNS;
  /** the one that mdns speaks through */
  readonly socket: Socket;
  readonly key: Uint8Array;
  /** of the door */
  readonly port: number;
  readonly mdnsPort: number;
  /** address of the one interface to speak at; all of IPv4 but loopback */
  readonly interface?: string | undefined;
}

/** RFC 6762 §10, and what an answer to a port of its own may last (§6.7). */
const TTL_S = 120;
const LEGACY_TTL_S = 10;
const AGAIN_MS = 1_000;
/** RFC 6762 §6: who shares a name waits a little. */
const SHORTEST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 120;
const SERVICES = "_services._dns-sd._udp.local";

/** Speaks for one station. */
export class LanAnnouncer {
  readonly #options: AnnouncerOptions;
  readonly #names: LanNames;
  readonly #timers = new Set<NodeJS.Timeout>();
  #saying: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#names = announcedNames(options.key);
  }

  /** Says it now, and once more: the first may get lost. */
  announce(): void {
    this.#say(this.#all(TTL_S, true));
    this.#later(AGAIN_MS, this.#all(TTL_S, true));
  }

  /** Whether a question is one that is answered here. */
  isAsked({ questions = [], answers = [] }: QueryPacket): boolean {
    // Whoever names it as known has it (RFC 6762 §7.1).
    const isKnown = answers.some((each) => {
      const isOurs = each.type === "PTR" && each.data.toLowerCase() === this.#names.instance;
      return isOurs && (each.ttl ?? 0) >= TTL_S / 2;
    });
    return questions.some((question) => this.#answers(question) && !(isKnown && isOfService(question)));
  }

  /** Answers. */
  answer(query: QueryPacket, from: RemoteInfo): void {
    const question = query.questions?.find((each) => this.#answers(each));
    if (question === undefined) return;
    const isServices = question.name.toLowerCase() === SERVICES;
    const services: Record = { type: "PTR", name: SERVICES, ttl: TTL_S, data: LAN_SERVICE };
    if (from.port === this.#options.mdnsPort) {
      const waitMs = SHORTEST_WAIT_MS + Math.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS);
      return this.#later(waitMs, isServices ? [services] : this.#all(TTL_S, true));
    }
    const { id = 0 } = query as { readonly id?: number };
    const answers = isServices ? [{ ...services, ttl: LEGACY_TTL_S }] : this.#all(LEGACY_TTL_S, false);
    this.#options.mdns.respond({ ...({ id } as object), questions: [question], answers }, from);
    return undefined;
  }

  /** Takes it back. Resolves when that was said. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#say([{ type: "PTR", name: LAN_SERVICE, ttl: 0, data: this.#names.instance }]);
    this.#isOver = true;
    await this.#saying;
  }

  #answers({ name, type }: Question): boolean {
    const { instance, host } = this.#names;
    const asked = name.toLowerCase();
    const isType = (...types: readonly string[]): boolean => types.includes(type) || type === ("ANY" as string);
    if (asked === LAN_SERVICE || asked === SERVICES) return isType("PTR");
    if (asked === instance) return isType("SRV", "TXT");
    return asked === host && isType("A");
  }

  /** @param flush  that these are all there are under their names, as only answers to everybody may say */
  #all(ttl: number, flush: boolean): Record[] {
    const { instance, host, attributes } = this.#names;
    const { port, interface: only } = this.#options;
    const own = { ttl, flush };
    return [
      { type: "PTR", name: LAN_SERVICE, ttl, data: instance },
      { type: "SRV", name: instance, ...own, data: { priority: 0, weight: 0, port, target: host } },
      { type: "TXT", name: instance, ...own, data: [...attributes] },
      ...lanAddresses(only).map((data): Record => ({ type: "A", name: host, ...own, data })),
    ];
  }

  #later(waitMs: number, answers: Record[]): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#say(answers);
    }, waitMs);
    this.#timers.add(timer);
  }

  /** To everybody on each network, after what was said before. */
  #say(answers: Record[]): void {
    if (!this.#isOver) this.#saying = this.#sayAfter(this.#saying, answers);
  }

  /** One network after the other: a socket speaks at one at a time. */
  async #sayAfter(before: Promise<void>, answers: Record[]): Promise<void> {
    await before;
    const { mdns, socket, interface: only } = this.#options;
    for (const address of lanAddresses(only)) {
      try {
        socket.setMulticastInterface(address);
      } catch {
        // A network that has just gone.
        continue;
      }
      await new Promise<void>((resolve) => mdns.respond({ answers }, () => resolve()));
    }
  }
}

const isOfService = ({ name }: Question): boolean => name.toLowerCase() === LAN_SERVICE;
