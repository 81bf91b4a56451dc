/*
 * What every carrier promises, as tests: the port's words made to fail. Run for the memory network, for `ws` in Node and
 * for the browser's WebSocket in Chromium.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { isCarrierError } from "../errors.ts";
import type { Carrier, Clock, Link } from "../port.ts";
import { BULK_BYTES, pattern, type PeerName } from "./peers.ts";

/** A carrier with peers of every behaviour at its other end. */
export interface CarrierHarness extends AsyncDisposable {
  /** with limits of a few seconds at most: two tests wait for them to pass */
  readonly carrier: Carrier;
  readonly clock: Clock;
  /** whether `pause` can hold back the network */
  readonly canPause: boolean;
  /** a route at which a peer of this behaviour accepts */
  route(peer: PeerName): string;
  /** a route that nobody listens at */
  readonly refusingRoute: string;
  /** a route that takes the dialer's connection and never answers */
  readonly silentRoute: string;
  /** not a route of this carrier */
  readonly foreignRoute: string;
  /** the bulk of four tests, as the peers were told it; BULK_BYTES. Less where a route is slow by nature */
  readonly bulkBytes?: number;
  /** lets time pass until a promise settles, where time does not pass by itself */
  run<T>(promise: Promise<T>): Promise<T>;
}

const NEVER = new AbortController().signal;

/** Bytes of a link as they come, to be waited for by number. */
class Inbox {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #waiting: { readonly atLeast: number; readonly resolve: () => void } | undefined;

  constructor(link: Link) {
    link.receive((chunk) => {
      this.#chunks.push(chunk.slice());
      this.#bytes += chunk.byteLength;
      if (this.#waiting !== undefined && this.#bytes >= this.#waiting.atLeast) this.#waiting.resolve();
    });
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.#chunks);
  }

  get count(): number {
    return this.#bytes;
  }

  async atLeast(sizeBytes: number): Promise<Uint8Array> {
    if (this.#bytes < sizeBytes) {
      await new Promise<void>((resolve) => (this.#waiting = { atLeast: sizeBytes, resolve }));
    }
    return this.bytes;
  }
}

/** Defines the tests of a carrier. */
export function describeCarrier(name: string, make: () => Promise<CarrierHarness>): void {
  describe(`carrier: ${name}`, () => {
    let harness: CarrierHarness;
    beforeAll(async () => {
      harness = await make();
    });
    afterAll(async () => {
      await harness[Symbol.asyncDispose]();
    });
    const bulk = (): number => harness.bulkBytes ?? BULK_BYTES;
    const dial = (peer: PeerName): Promise<Link> =>
      harness.run(harness.carrier.dial(harness.route(peer), { signal: NEVER }));
    const refusal = async (promise: Promise<unknown>): Promise<unknown> =>
      await harness.run(
        promise.then(
          () => "opened",
          (error: unknown) => error,
        ),
      );

    it("carries 64 KiB, or the bulk of a slow route, there and back unchanged", async () => {
      const link = await dial("echo");
      const inbox = new Inbox(link);
      const sent = pattern(Math.min(65_536, bulk()));
      link.send(sent);
      expect(equalBytes(await harness.run(inbox.atLeast(sent.byteLength)), sent)).toBe(true);
      link.close();
      expect(await harness.run(link.ended)).toBe("closed");
    });

    it("keeps the order of many small sends", async () => {
      const link = await dial("echo");
      const inbox = new Inbox(link);
      const sent = pattern(3000);
      for (let at = 0; at < sent.byteLength; at += 3) link.send(sent.subarray(at, at + 3));
      link.send(new Uint8Array(0));
      expect(equalBytes(await harness.run(inbox.atLeast(sent.byteLength)), sent)).toBe(true);
      link.close();
    });

    it("carries 4 MiB, or the bulk of a slow route, both ways at once", async () => {
      const link = await dial("echo");
      const inbox = new Inbox(link);
      const sent = pattern(bulk());
      link.send(sent);
      expect(equalBytes(await harness.run(inbox.atLeast(sent.byteLength)), sent)).toBe(true);
      link.close();
    });

    it("keeps what arrives before a receiver is set", async () => {
      const link = await dial("greets");
      await harness.run(harness.clock.sleep(50, NEVER));
      const inbox = new Inbox(link);
      expect([...(await harness.run(inbox.atLeast(3)))]).toEqual([1, 2, 3]);
      link.close();
    });

    it("says how much waits for a peer that does not read, and when it has left", async () => {
      const link = await dial("late");
      const inbox = new Inbox(link);
      const sent = new Uint8Array(bulk());
      for (let i = 0; i < 6; i++) link.send(sent);
      expect(link.unsentBytes).toBeGreaterThan(0);
      const early = await harness.run(
        Promise.race([link.drained(1).then(() => "drained"), harness.clock.sleep(20, NEVER).then(() => "waits")]),
      );
      expect(early).toBe("waits");
      await harness.run(link.drained(1));
      expect(link.unsentBytes).toBe(0);
      // The last count the peer gives is all of it.
      const total = 6 * bulk();
      for (let seen = 0, had = 0; had < total; seen += 4) {
        const counts = await harness.run(inbox.atLeast(seen + 4));
        had = new DataView(counts.buffer, counts.byteOffset).getUint32(seen);
        expect(had).toBeLessThanOrEqual(total);
      }
      link.close();
    });

    it("holds the network back while paused, and loses nothing", async () => {
      const link = await dial("flood");
      const inbox = new Inbox(link);
      await harness.run(inbox.atLeast(1));
      link.pause();
      const before = inbox.count;
      await harness.run(harness.clock.sleep(100, NEVER));
      if (harness.canPause) expect(inbox.count).toBe(before);
      link.resume();
      expect(equalBytes(await harness.run(inbox.atLeast(bulk())), pattern(bulk()))).toBe(true);
      link.close();
    });

    it("sends what is queued before it closes", async () => {
      const link = await dial("count");
      const sizeBytes = Math.min(1_000_000, bulk());
      link.send(pattern(sizeBytes));
      link.close();
      link.close();
      expect(await harness.run(link.ended)).toBe("closed");
      const ledger = await dial("ledger");
      const count = await harness.run(new Inbox(ledger).atLeast(4));
      expect(new DataView(count.buffer).getUint32(0)).toBe(sizeBytes);
    });

    it("closes in order while it is paused", async () => {
      const link = await dial("flood");
      const inbox = new Inbox(link);
      await harness.run(inbox.atLeast(1));
      link.pause();
      link.close();
      expect(await harness.run(link.ended)).toBe("closed");
    });

    it("ends as closed when the other end closes, after its last bytes", async () => {
      const link = await dial("hangs-up");
      const inbox = new Inbox(link);
      link.send(Uint8Array.of(7));
      expect(await harness.run(link.ended)).toBe("closed");
      expect([...inbox.bytes]).toEqual([7, 7]);
    });

    it("ends as lost when it breaks", async () => {
      const link = await dial("drops");
      link.send(Uint8Array.of(7));
      expect(await harness.run(link.ended)).toBe("lost");
    });

    it("ends as lost when the other end does not answer a close in time", async () => {
      const link = await dial("deaf");
      link.close();
      expect(await harness.run(link.ended)).toBe("lost");
    });

    it("drops what is sent after the end, and waits for nothing then", async () => {
      const link = await dial("hangs-up");
      link.receive(() => undefined);
      link.send(Uint8Array.of(7));
      await harness.run(link.ended);
      link.send(pattern(1000));
      expect(link.unsentBytes).toBe(0);
      await harness.run(link.drained(1));
      link.pause();
      link.resume();
      link.close();
      await harness.run(Promise.resolve(link[Symbol.asyncDispose]()));
    });

    it("refuses routes of other kinds", async () => {
      expect(harness.carrier.handles(harness.route("echo"))).toBe(true);
      const error = await refusal(harness.carrier.dial(harness.foreignRoute, { signal: NEVER }));
      expect(isCarrierError(error, "carrier/bad-route")).toBe(true);
    });

    it("says that a route is unreachable, without naming it", async () => {
      const error = await refusal(harness.carrier.dial(harness.refusingRoute, { signal: NEVER }));
      expect(isCarrierError(error, "carrier/unreachable")).toBe(true);
      expect(String(error)).not.toMatch(/\d+\.\d+\.\d+\.\d+|localhost|:\d{2,}/);
    });

    it("stops dialing when told to, with the reason given", async () => {
      const abort = new AbortController();
      const dialing = refusal(harness.carrier.dial(harness.silentRoute, { signal: abort.signal }));
      const reason = new Error("enough");
      abort.abort(reason);
      expect(await dialing).toBe(reason);
      const late = refusal(harness.carrier.dial(harness.route("echo"), { signal: abort.signal }));
      expect(await late).toBe(reason);
    });

    it("gives up dialing a route that never answers", async () => {
      const error = await refusal(harness.carrier.dial(harness.silentRoute, { signal: NEVER }));
      expect(isCarrierError(error, "carrier/timed-out")).toBe(true);
    });
  });
}
