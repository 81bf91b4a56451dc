import { decodeContradiction, createTreeHasher, verifyContradiction } from "@chapar/log";
import { nodeCrypto } from "@chapar/e2e/node";
import { type Response, stationKey } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { evidenceShelf } from "../src/sync/log-shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { flip, Liar, type Lie } from "./liar.ts";
import { firstLog, fork, ofRoom, type Scene, scene } from "./lying-scene.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();

/** What every lie must leave: a typed fault, nothing wrong shown, and the other conversation. */
async function faults(s: Scene, lie: Lie, code: string): Promise<void> {
  s.liar.lie = lie;
  await s.sara.client.send(s.id, { text: "under the lie" });
  await s.nima.client.send(s.other, { text: "the rest goes on" });
  // Until it is shown; then members are asked, who have the truth (repair.scenario.test.ts).
  for (let i = 0; i < 60 && (await s.dara.client.conversation(s.id))?.state !== "fault"; i++) {
    await s.world.clock.advance(1_000);
  }
  expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: code });
  expect(await s.dara.lines(s.id)).toEqual(["before"]);
  expect(await s.dara.lines(s.other)).toEqual(["the rest goes on"]);
}

async function heals(s: Scene): Promise<void> {
  s.liar.repent();
  await s.world.clock.advance(200_000);
  await s.world.quiet([s.sara, s.dara]);
  expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "open", fault: undefined });
  expect(await s.dara.lines(s.id)).toEqual(["before", "under the lie"]);
}

describe("a station that lies about a room", () => {
  it("F-20 an altered entry is not shown; when the truth comes, it heals", async () => {
    const s = await scene();
    const lie = ofRoom(await firstLog(s), (push) => [
      { ...push, entries: push.entries.map((entry) => flip(entry, entry.byteLength - 1)) },
    ]);
    await faults(s, lie, "log/bad-root");
    await heals(s);
    await s.end();
  });

  it("F-20 a head that another key signed is not believed", async () => {
    const s = await scene();
    const lie = ofRoom(await firstLog(s), (push) => [{ ...push, head: flip(push.head, push.head.byteLength - 1) }]);
    await faults(s, lie, "log/bad-signature");
    await heals(s);
    await s.end();
  });

  it("F-20 a head that is no head is not believed", async () => {
    const s = await scene();
    await faults(
      s,
      ofRoom(await firstLog(s), (push) => [{ ...push, head: new Uint8Array(3) }]),
      "log/bad-statement",
    );
    await heals(s);
    await s.end();
  });

  it("F-20 an entry left out is missed, and asked for until it comes", async () => {
    const s = await scene();
    s.liar.lie = ofRoom(await firstLog(s), (push) => [
      { ...push, first: push.first + 1, entries: push.entries.slice(1) },
    ]);
    await s.sara.client.send(s.id, { text: "left out" });
    await s.world.clock.advance(1_000);
    await s.sara.client.send(s.id, { text: "after it" });
    await s.world.clock.advance(5_000);
    expect(await s.dara.lines(s.id)).toEqual(["before"]);
    s.liar.repent();
    await s.world.quiet([s.sara, s.dara]);
    expect(await s.dara.lines(s.id)).toEqual(["before", "left out", "after it"]);
    expect((await s.dara.client.conversation(s.id))?.state).toBe("open");
    await s.end();
  });

  it("F-20 an entry given twice is shown once", async () => {
    const s = await scene();
    s.liar.lie = ofRoom(await firstLog(s), (push) => [push, push]);
    await s.sara.client.send(s.id, { text: "twice" });
    await s.world.clock.advance(1_000);
    await s.world.quiet([s.sara, s.dara]);
    expect(await s.dara.lines(s.id)).toEqual(["before", "twice"]);
    await s.end();
  });

  it("F-20 two entries where there is one do not lead to the root", async () => {
    const s = await scene();
    const lie = ofRoom(await firstLog(s), (push) => [{ ...push, entries: push.entries.flatMap((one) => [one, one]) }]);
    await faults(s, lie, "log/out-of-range");
    await heals(s);
    await s.end();
  });

  it("F-21 a forked head stops the room for good and leaves a proof that anyone can check", async () => {
    const s = await scene();
    const { log, key } = await fork(s);
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.nima.client.send(s.other, { text: "the rest goes on" });
    await s.world.clock.advance(100_000);
    expect(await s.dara.lines(s.id)).toEqual(["before", "true"]);
    expect(await s.dara.lines(s.other)).toEqual(["the rest goes on"]);

    await s.dara.stop();
    const evidence = await evidenceShelf.get(new MemoryStore(s.dara.medium), log);
    const proof = decodeContradiction(evidence!.contradiction);
    if (!proof.ok) throw new Error(proof.code);
    const shape = await verifyContradiction(proof.value, key, {
      hasher: createTreeHasher((bytes) => crypto.sha256(bytes)),
      verify: (publicKey, bytes, signature) => crypto.ed25519.verify(publicKey, bytes, signature),
    });
    expect(shape).toEqual({ ok: true, value: "same-size" });
    await s.dara.start();
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "log/forked" });
    await s.end();
  });

  it("F-25 a receipt that does not verify is not believed; the true one is asked for", async () => {
    const s = await scene();
    s.liar.lie = (frame) => {
      if (frame.kind !== "response" || frame.body.type !== "receipt") return [frame];
      const body: Response = { type: "receipt", receipt: flip(frame.body.receipt, frame.body.receipt.byteLength - 1) };
      return [{ ...frame, body }];
    };
    const { id: message } = await s.dara.client.send(s.id, { text: "from dara" });
    await s.world.clock.advance(10_000);
    const state = async (): Promise<string> => (await s.dara.client.messages(s.id, { limit: 1 }))[0]!.state;
    expect(await state()).toBe("leaving");
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "fault", fault: "client/wrong-receipt" });
    s.liar.repent();
    await s.world.quiet([s.dara, s.sara]);
    expect(await state()).toBe("at-station");
    expect(await s.dara.client.conversation(s.id)).toMatchObject({ state: "open", fault: undefined });
    expect((await s.dara.client.receipt(message, { signal: new AbortController().signal })).message).toBe(message);
    expect(await s.sara.lines(s.id)).toEqual(["before", "from dara"]);
    await s.end();
  });
});

async function opening(lie: Lie): Promise<{ sara: Person; dara: Person; world: World; id: string; liar: Liar }> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const liar = new Liar();
  const dara = await world.person("Dara", station);
  const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
  for (const person of [sara, dara]) person.client.connect();
  await world.quiet([sara, dara]);
  liar.lie = lie;
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "only for dara" });
  await world.clock.advance(30_000);
  return { world, sara, dara, id, liar };
}

/** Someone whom the station made up. */
async function impostor(): Promise<Extract<Response, { type: "keys.taken" }>> {
  const world = new World();
  const station = await world.stations.station("one");
  const eve = await world.person("Eve", station);
  eve.client.connect();
  await world.quiet([eve]);
  const probe = await world.stations.client(station);
  const { identity } = eve.client.me()!;
  const asked = { type: "keys.take", suite: 0xf00d, identity: fromBase32(identity) as never, at: undefined } as const;
  return (await world.stations.settle(probe.expect("keys.taken", asked))) as never;
}

describe("a station that lies about people", () => {
  it.each([
    ["F-3 a substituted op chain", "client/wrong-chain", true, false],
    ["F-3 a substituted key package", "client/wrong-key-package", false, true],
    ["F-3 a substituted chain and key package", "client/wrong-chain", true, true],
  ] as const)("%s opens nothing and says %s", async (_, code, chain, keys) => {
    const eve = await impostor();
    const lie: Lie = (frame, asked) => {
      if (asked?.type !== "keys.take" || frame.kind !== "response" || frame.body.type !== "keys.taken") return [frame];
      const { ops, devices } = frame.body;
      const forged = devices.map(({ device }, at) => ({ device, package: eve.devices[at]!.package }));
      return [{ ...frame, body: { ...frame.body, ops: chain ? eve.ops : ops, devices: keys ? forged : devices } }];
    };
    const { world, sara, dara, id, liar } = await opening(lie);
    expect(await sara.client.conversation(id)).toMatchObject({ state: "opening", fault: code });
    expect((await sara.client.messages(id, { limit: 1 }))[0]!.state).toBe("queued");
    liar.repent();
    await world.clock.advance(200_000);
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["only for dara"]);
  });

  it("F-2 a station that cannot prove its key is not spoken to", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const liar = new Liar();
    liar.lie = (frame) => {
      if (frame.kind !== "response" || frame.body.type !== "proof") return [frame];
      return [{ ...frame, body: { type: "proof", signature: flip(frame.body.signature, 3) } }];
    };
    const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
    sara.client.connect();
    await world.clock.advance(2_000);
    expect(sara.client.route()).toMatchObject({ state: "seeking", code: "client/bad-proof" });
    liar.repent();
    await world.quiet([sara]);
    expect(sara.client.route().state).toBe("open");
    await sara.stop();
  });

  it("F-2 a station of another key than the invite's is not spoken to", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const liar = new Liar();
    liar.lie = (frame) => {
      if (frame.kind !== "notice" || frame.body.type !== "hello") return [frame];
      return [{ ...frame, body: { ...frame.body, station: stationKey(new Uint8Array(32).fill(1)) } }];
    };
    const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
    sara.client.connect();
    await world.clock.advance(2_000);
    expect(sara.client.route()).toMatchObject({ state: "seeking", code: "client/wrong-station" });
    await sara.stop();
  });
});
