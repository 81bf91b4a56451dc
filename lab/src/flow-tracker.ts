/*
 * Turns packets into flows: who opened, how many packets went each way, and the first bytes of each direction in order. TCP is
 * followed loosely, as middleboxes do: data that comes again is known by its number and not counted as data; data that
 * comes too early is counted but not kept, so the head has no holes.
 */
import { FlowTable } from "./flow-table.ts";
import { joined } from "./parsers/cursor.ts";
import type { IpPacket } from "./parsers/ip.ts";
import type { Flow, Seen } from "./vocabulary.ts";

/** Bytes kept of each direction: a post-quantum hello of 1.8 kB and its split fit several times. */
export const HEAD_BYTES = 8192;
const MAX_FLOWS = 65_536;
const TCP_FORGET_MS = 600_000;
/** UDP flow memory of the GFW's QUIC filter: 60 s (QUIC25). */
const UDP_FORGET_MS = 60_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Tracked {
  readonly flow: Mutable<Flow>;
  /** next TCP sequence number of each direction, once known */
  next: { out: number | undefined; in: number | undefined };
  synAck: boolean;
}

const EMPTY = new Uint8Array(0);
/** Whether a 32-bit sequence number stands before another. */
const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** Follows the flows that cross a border. */
export class FlowTracker {
  readonly #tcp = new FlowTable<Tracked>(MAX_FLOWS, TCP_FORGET_MS);
  readonly #udp = new FlowTable<Tracked>(MAX_FLOWS, UDP_FORGET_MS);

  /** @param direction which way the packet crosses the border */
  see(packet: IpPacket, direction: "out" | "in", nowMs: number): Seen {
    const source = { address: packet.source, port: packet.sourcePort };
    const destination = { address: packet.destination, port: packet.destinationPort };
    const [inside, outside] = direction === "out" ? [source, destination] : [destination, source];
    const id = `${packet.protocol} ${inside.address}:${inside.port} ${outside.address}:${outside.port}`;
    const table = packet.protocol === "tcp" ? this.#tcp : this.#udp;
    // A new SYN on the same four numbers is a new connection.
    if (packet.tcp?.syn === true && !packet.tcp.ack && this.#isOver(table.get(id, nowMs), packet, direction))
      table.delete(id);
    const tracked = table.of(id, nowMs, () => ({
      flow: {
        id,
        protocol: packet.protocol,
        inside,
        outside,
        opener: (direction === "out") === !(packet.tcp?.syn === true && packet.tcp.ack) ? "inside" : "outside",
        openedAtMs: nowMs,
        packets: 0,
        packetsOut: 0,
        dataOut: 0,
        dataIn: 0,
        established: false,
        headOut: EMPTY,
        headIn: EMPTY,
      },
      next: { out: undefined, in: undefined },
      synAck: false,
    }));
    const fresh = this.#count(tracked, packet, direction);
    return {
      flow: tracked.flow,
      direction,
      payload: packet.payload,
      sizeBytes: packet.sizeBytes,
      tcp: packet.tcp,
      fresh,
    };
  }

  #isOver(tracked: Tracked | undefined, packet: IpPacket, direction: "out" | "in"): boolean {
    const next = tracked?.next[direction];
    return (
      tracked !== undefined &&
      (tracked.flow.established || (next !== undefined && next !== ((packet.tcp?.seq ?? 0) + 1) >>> 0))
    );
  }

  #count(tracked: Tracked, packet: IpPacket, direction: "out" | "in"): boolean {
    const { flow, next } = tracked;
    flow.packets++;
    if (direction === "out") flow.packetsOut++;
    const { tcp, payload } = packet;
    if (tcp?.syn === true) {
      next[direction] = (tcp.seq + 1) >>> 0;
      if (tcp.ack) tracked.synAck = true;
    } else if (tcp?.ack === true && tracked.synAck) flow.established = true;
    if (payload.byteLength === 0) return true;
    const expected = next[direction];
    if (tcp !== undefined && expected !== undefined && isBefore(tcp.seq, expected)) return false;
    if (direction === "out") flow.dataOut++;
    else flow.dataIn++;
    if (tcp === undefined || expected === undefined || tcp.seq === expected) {
      if (tcp !== undefined) next[direction] = (tcp.seq + payload.byteLength) >>> 0;
      const head = direction === "out" ? "headOut" : "headIn";
      if (flow[head].byteLength < HEAD_BYTES)
        flow[head] = joined(flow[head], payload.subarray(0, HEAD_BYTES - flow[head].byteLength));
    }
    return true;
  }
}
