/*
 * Requests and bytes of every shape, from a stranger, an account and a peer: whatever comes is answered with a foreseen
 * code or ends the link, and stores nothing it has no right to.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, frameBytes, peerMessage, stationKey } from "@chapar/wire";
import { arbitraryFrame, arbitraryRequest } from "@chapar/wire/testing";
import { ByteWriter } from "@chapar/wire/bytes";
import { keyOf, TestRoom, TestWorld, type TestClient, type TestStation } from "../src/testing/index.ts";

const RUNS = 300;

async function stranger(world: TestWorld, station: TestStation): Promise<TestClient> {
  return await world.client(station);
}

async function account(world: TestWorld, station: TestStation): Promise<TestClient> {
  const { client } = await world.resident(station, "alice");
  const room = new TestRoom(1);
  await client.expect("log.state", { type: "log.create", genesis: room.genesis });
  await client.openRoom(room, room.idAt(station.ref.key));
  return client;
}

async function peer(world: TestWorld, station: TestStation): Promise<TestClient> {
  const client = await world.client(station);
  const key = keyOf("some station");
  const self = { key: stationKey(key.publicKey), urls: ["wss://some.example"] };
  const signature = key.sign(peerMessage(station.ref.key, client.hello!.nonce, self.key));
  await client.expect("done", { type: "peer.auth", self, region: "XX", signature });
  return client;
}

describe.each([
  ["a stranger", stranger],
  ["an account", account],
  ["a peer", peer],
] as const)("whatever %s asks", (_who, join) => {
  it("is answered with a foreseen code", async () => {
    const world = new TestWorld();
    const station = await world.station("hub");
    let client = await join(world, station);
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (request) => {
        if (client.ended !== undefined) client = await join(world, station);
        await world.settle(client.ask(request));
        expect(station.observer.notes.filter((note) => note.event === "unforeseen failure")).toEqual([]);
        expect(station.observer.counts.get("refusals station/internal")).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it("damaged or cut, ends the link or is answered, and the station goes on", async () => {
    const world = new TestWorld();
    const station = await world.station("hub");
    const stored = station.store.writes.length;
    await fc.assert(
      fc.asyncProperty(arbitraryFrame, fc.nat(), fc.nat(255), fc.boolean(), async (frame, at, value, cuts) => {
        const client = await stranger(world, station);
        const bytes = encodeFrame(frame);
        bytes[at % bytes.byteLength] = value;
        const sent = cuts ? bytes.subarray(0, at % bytes.byteLength) : bytes;
        client.raw(new ByteWriter(sent.byteLength + 4).u32(sent.byteLength).bytes(sent).finish());
        client.raw(frameBytes({ kind: "request", id: 2 ** 31 - 1, body: { type: "ping" } }));
        await world.clock.advance(0);
        await client.close();
        expect(station.observer.notes.filter((note) => note.event === "unforeseen failure")).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(station.store.writes.length).toBe(stored);
    const after = await stranger(world, station);
    expect(await world.settle(after.ask({ type: "ping" }))).toEqual({ type: "pong" });
  });
});
