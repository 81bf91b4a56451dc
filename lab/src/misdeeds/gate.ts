/*
 * The network between one person and the stations: shut, it ends the links that are open and refuses new ones; a URL can be
 * led to another process than the one that it names, as a station with two processes behind one name does.
 */
import { type Carrier, CarrierError, type Link } from "@chapar/carrier";

/** One person's way to the stations. */
export class Gate {
  /** where a URL leads; itself when nothing is said */
  readonly detours: Map<string, string> = new Map<string, string>();
  /** chunks that have come or gone: it rises while anything is going on */
  activity = 0;
  /** who listens at the line, if anybody: sees sizes and directions, as a listener on the way does */
  listener: Moved | undefined;
  /** given every link that begins, before anything is sent on it */
  begun: ((link: Link) => void) | undefined;
  /** dials under way */
  dialing = 0;
  readonly #links = new Set<Link>();
  #isOpen = true;

  open(): void {
    this.#isOpen = true;
  }

  /** Ends every link and lets none begin. */
  shut(): void {
    this.#isOpen = false;
    this.cut();
  }

  /** Ends every link; new ones may begin. */
  cut(): void {
    for (const link of this.#links) link.close();
  }

  /** A carrier that goes through the gate. */
  carrier(inner: Carrier): Carrier {
    return {
      kind: inner.kind,
      handles: (route) => inner.handles(route),
      dial: async (route, options) => {
        if (!this.#isOpen) throw new CarrierError("carrier/unreachable");
        this.dialing += 1;
        try {
          return this.#watch(await inner.dial(this.#leads(route), options));
        } finally {
          this.dialing -= 1;
        }
      },
    };
  }

  #leads(route: string): string {
    for (const [from, to] of this.detours) if (route.startsWith(from)) return to + route.slice(from.length);
    return route;
  }

  #watch(link: Link): Link {
    this.#links.add(link);
    void this.#forget(link);
    counted(link, (direction, sizeBytes) => {
      this.activity += 1;
      this.listener?.(direction, sizeBytes);
    });
    this.begun?.(link);
    if (!this.#isOpen) link.close();
    return link;
  }

  async #forget(link: Link): Promise<void> {
    await link.ended;
    this.#links.delete(link);
    this.activity += 1;
  }
}

/** Told of a chunk on a link, from the side of whoever dialed or accepted it. */
export type Moved = (direction: "sent" | "received", sizeBytes: number) => void;

/** Tells of each chunk that a link sends or receives. */
export function counted(link: Link, moved: Moved): void {
  const [send, receive] = [link.send.bind(link), link.receive.bind(link)];
  link.send = (bytes) => {
    moved("sent", bytes.byteLength);
    send(bytes);
  };
  link.receive = (receiver) => {
    receive((chunk) => {
      moved("received", chunk.byteLength);
      receiver(chunk);
    });
  };
}
