import { describe, expect, it } from "vitest";
import type { Link } from "../port.ts";
import { FakeClock, linkPair, SeededRng } from "../testing/index.ts";
import { acceptorCells, ANSWER_AFTER_MS, CELL_BYTES, CellReader, dialerCells, TICK_MS } from "./cell-link.ts";

interface Seen {
  readonly atMs: number;
  readonly up: boolean;
  readonly sizeBytes: number;
}

/** Both ends, and what a listener between them sees. */
function paced(seed = 1): { clock: FakeClock; dialer: Link; acceptor: Link; seen: Seen[] } {
  const clock = new FakeClock();
  const pair = linkPair({ latencyMs: 5 }, clock);
  const seen: Seen[] = [];
  const beganAtMs = clock.nowMs();
  const listened = (link: Link, up: boolean): Link => {
    const send = link.send.bind(link);
    link.send = (bytes) => {
      seen.push({ atMs: clock.nowMs() - beganAtMs, up, sizeBytes: bytes.byteLength });
      send(bytes);
    };
    return link;
  };
  const dialer = dialerCells(listened(pair.dialer, true), { clock, rng: new SeededRng(seed) });
  const acceptor = acceptorCells(listened(pair.acceptor, false), clock);
  return { clock, dialer, acceptor, seen };
}

const bytes = (sizeBytes: number, fill: number): Uint8Array => new Uint8Array(sizeBytes).fill(fill);

describe("cells", () => {
  it("U-5 look the same on the line, sizes and times, whatever is sent", async () => {
    const shapes: Seen[][] = [];
    for (const isBusy of [false, true]) {
      const { clock, dialer, acceptor, seen } = paced();
      dialer.receive(() => undefined);
      acceptor.receive(() => isBusy && acceptor.send(bytes(700, 2)));
      for (let at = 0; at < 6; at++) {
        if (isBusy) dialer.send(bytes(at * 3_000, at));
        await clock.advance(7_000);
      }
      shapes.push(seen);
    }
    expect(shapes[0]?.length).toBeGreaterThan(6);
    expect(shapes[1]).toEqual(shapes[0]);
    expect(new Set(shapes[0]?.map(({ sizeBytes }) => sizeBytes))).toEqual(new Set([CELL_BYTES]));
    const up = (shapes[0] ?? []).filter((each) => each.up).map(({ atMs }) => atMs);
    expect(new Set(up.slice(1).map((atMs, at) => atMs - (up[at] ?? 0)))).toEqual(new Set([TICK_MS]));
    const down = (shapes[0] ?? []).find((each) => !each.up);
    expect(down?.atMs).toBe((up[0] ?? 0) + 5 + ANSWER_AFTER_MS);
  });

  it("U-5 carry every byte in order, both ways", async () => {
    const { clock, dialer, acceptor } = paced();
    const sent = Uint8Array.from({ length: 3 * CELL_BYTES + 17 }, (_, at) => at % 251);
    const got = { up: [] as number[], down: [] as number[] };
    acceptor.receive((chunk) => got.up.push(...chunk));
    dialer.receive((chunk) => got.down.push(...chunk));
    dialer.send(sent.subarray(0, 100));
    dialer.send(sent.subarray(100));
    acceptor.send(sent);
    await clock.advance(6 * TICK_MS);
    expect([got.up, got.down]).toEqual([[...sent], [...sent]]);
    expect([dialer.unsentBytes, acceptor.unsentBytes]).toEqual([0, 0]);
  });

  it("U-6 a cell that is none ends the link", async () => {
    const clock = new FakeClock();
    const pair = linkPair({ latencyMs: 5 }, clock);
    const acceptor = acceptorCells(pair.acceptor, clock);
    acceptor.receive(() => undefined);
    pair.dialer.receive(() => undefined);
    pair.dialer.send(bytes(CELL_BYTES, 0xff));
    expect(await clock.runUntil(pair.dialer.ended)).toBe("closed");
  });

  it("are read wherever the stream is cut", () => {
    const cell = bytes(CELL_BYTES, 0);
    cell.set([0, 3, 7, 8, 9]);
    const reader = new CellReader();
    expect(reader.push(cell.subarray(0, 1))).toEqual([]);
    expect(reader.push(new Uint8Array([...cell.subarray(1), ...cell]))).toEqual([
      new Uint8Array([7, 8, 9]),
      new Uint8Array([7, 8, 9]),
    ]);
  });
});
