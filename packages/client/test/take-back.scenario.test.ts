/* A stolen everyday key, and what its owner takes back by the recovery words (I-14 to I-16, R-12). */
import {
  addDevice,
  chainPorts,
  decodeBundle,
  deviceEntry,
  newDeviceSecrets,
  revokeDevice,
  type RotationSeed,
  setAnchors,
  setHome,
} from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { deviceId, foldChain, type IdentityState, OVERRIDE_WINDOW_MS } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { DyingStore } from "./kill.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const NEVER = new AbortController().signal;
const EPOCH_MS = 25_000;

interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  /** between them */
  readonly id: string;
  readonly end: () => Promise<void>;
}

/** Sara and Dara have talked, and know each other's chains. */
async function scene(): Promise<Scene> {
  const world = new World();
  const station = await world.stations.station("one", { logged: true });
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "before" });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  await world.clock.advance(EPOCH_MS);
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
  };
  return { world, station, sara, dara, id, end };
}

async function look(s: Scene, person: Person): Promise<void> {
  await s.world.clock.advance(20);
  await s.world.settle(person.client.check({ signal: NEVER }));
}

async function stateOf({ medium }: Person): Promise<IdentityState> {
  const row = (await loadProfile(new MemoryStore(medium)))!;
  const folded = await foldChain(row.ops, chainPorts(crypto), row.identity);
  if (!folded.ok) throw new Error(folded.code);
  return folded.value;
}

async function opsAt(s: Scene, person: Person): Promise<readonly Uint8Array[]> {
  const client = await s.world.stations.client(s.station);
  const identity = fromBase32(person.client.me()!.identity)!;
  const request = { type: "identity.get", identity, at: undefined } as Parameters<typeof client.ask>[0];
  const answer = await s.world.settle(client.ask(request));
  return answer.type === "identity.ops" ? answer.ops : [];
}

/** Whoever has the everyday key lists a device of their own, revokes the owner's and takes the key over. */
async function steal(s: Scene, person: Person): Promise<RotationSeed> {
  const row = (await loadProfile(new MemoryStore(person.medium)))!;
  const secrets = decodeBundle(row.bundle);
  const signing = { seed: secrets.rankOneSeed!, timeMs: 1 };
  const state = await stateOf(person);
  const entry = await deviceEntry(state.identity, newDeviceSecrets(crypto), crypto);
  const added = await addDevice(state, entry, signing, crypto);
  const own = deviceId(await crypto.ed25519.publicKey(secrets.deviceSeed.expose()));
  const revoked = await revokeDevice(added.state, own, signing, crypto);
  await publish(s, revoked.state);
  return revoked.rankOneSeed;
}

async function publish(s: Scene, { ops }: IdentityState): Promise<void> {
  const client = await s.world.stations.client(s.station);
  const bytes = ops.map((op) => op.bytes);
  await s.world.settle(client.expect("done", { type: "identity.anchor", ops: bytes, at: undefined }));
  await s.world.clock.advance(EPOCH_MS);
}

/** Contacts are looked at by chance: often enough, all are. */
async function looked(s: Scene, person: Person, done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 80 && !(await done()); i++) await look(s, person);
  expect(await done()).toBe(true);
}

const opsKnown = async (s: Scene): Promise<number> => (await s.dara.client.safety(s.sara.client.me()!.identity)).ops;

async function takenBack(s: Scene, words?: string): Promise<unknown> {
  return s.world.settle(s.sara.client.takeBack(words));
}

describe("a key that was stolen", () => {
  it("I-14 R-12 is taken back by the recovery words: the device lives again, contacts follow, and the thief's key is worth nothing", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    const thief = await steal(s, s.sara);
    await look(s, s.sara);
    expect(await s.sara.client.alerts()).toMatchObject([{ code: "foreign-op", state: "open", person: identity }]);
    await looked(s, s.dara, async () => (await opsKnown(s)) === 4);

    const stolen = await stateOf(s.sara);
    const words = (await s.sara.client.recoveryWords()).join(" ");
    expect(await takenBack(s, words)).toEqual({
      voided: 3,
      changes: ["device-added", "device-revoked", "keys-rotated"],
      sinceMs: expect.any(Number) as number,
      late: false,
    });
    const now = await stateOf(s.sara);
    expect(now.devices).toEqual(stolen.devices);
    expect(now.ops.map(({ bytes }) => bytes)).toEqual(await opsAt(s, s.sara));
    expect(await s.sara.client.alerts()).toMatchObject([{ code: "foreign-op", state: "restored" }]);
    await expect(setAnchors(now, [], { seed: thief, timeMs: 1 }, crypto)).rejects.toMatchObject({
      code: "e2e/not-a-rotation-key",
    });

    // Told by her own device, sealed (C-12), before anybody asks a station.
    await s.world.quiet([s.sara, s.dara]);
    expect(await opsKnown(s)).toBe(5);
    const { changes, paused } = await s.dara.client.safety(identity);
    expect(paused).toBe(false);
    expect(changes.map(({ what }) => what)).toContain("op-overridden");

    await s.sara.stop();
    await s.sara.start();
    s.sara.client.connect();
    await s.sara.client.send(s.id, { text: "it is me again" });
    await s.world.quiet([s.sara, s.dara]);
    expect(await s.dara.lines(s.id)).toContain("it is me again");
    const row = (await loadProfile(new MemoryStore(s.sara.medium)))!;
    expect(row.ops).toHaveLength(5);
    // Told once: it is not taken back again with each link.
    expect(row.nameVersion).toBe(2);
    await look(s, s.sara);
    expect(await s.sara.client.alerts()).toMatchObject([{ state: "restored" }]);
    await expect(takenBack(s)).rejects.toMatchObject({ code: "client/nothing-to-take-back" });
    await s.end();
  });

  it("R-12 takes back nothing by words that are wrong, or another's, and says so", async () => {
    const s = await scene();
    await steal(s, s.sara);
    const other = (await s.dara.client.recoveryWords()).join(" ");
    await expect(takenBack(s, "not the words")).rejects.toMatchObject({ code: "e2e/bad-words" });
    await expect(takenBack(s, other)).rejects.toMatchObject({
      code: "client/not-taken-back",
      detail: "e2e/not-a-rotation-key",
    });
    expect(await opsAt(s, s.sara)).toHaveLength(4);
    expect(await takenBack(s)).toMatchObject({ voided: 3 });
    await s.end();
  });

  it("R-12 works where the thief has moved the account away, and brings it back", async () => {
    const s = await scene();
    const row = (await loadProfile(new MemoryStore(s.sara.medium)))!;
    const { rankOneSeed } = decodeBundle(row.bundle);
    const two = await s.world.stations.station("two", { region: "DE" });
    const moved = await setHome(
      await stateOf(s.sara),
      { station: two.ref, region: "DE" },
      { seed: rankOneSeed!, timeMs: 1 },
      crypto,
    );
    await publish(s, moved.state);
    await looked(s, s.dara, async () => (await opsKnown(s)) === 2);
    expect(await takenBack(s)).toMatchObject({ voided: 1, changes: ["home-moved"] });
    expect((await stateOf(s.sara)).home.station.key).toEqual(s.station.ref.key);
    await s.world.quiet([s.sara, s.dara]);
    expect((await s.dara.client.safety(s.sara.client.me()!.identity)).changes[0]).toMatchObject({ what: "home-moved" });
    await two.stop();
    await s.end();
  });

  it.each([
    ["the log shows it", false],
    ["the owner's own device tells it", true],
  ] as const)(
    "I-16 C-12 R-12 comes too late for whoever saw it logged 72 hours before, when %s: told as a second history",
    async (_, tells) => {
      const s = await scene();
      const { identity } = s.sara.client.me()!;
      await steal(s, s.sara);
      await look(s, s.sara);
      await looked(s, s.dara, async () => (await opsKnown(s)) === 4);
      s.world.clock.jump(OVERRIDE_WINDOW_MS + 60_000);
      await s.world.clock.advance(1_000);
      await s.dara.stop();
      expect(await takenBack(s)).toMatchObject({ voided: 3, late: true });
      await s.world.clock.advance(EPOCH_MS);
      await s.sara.stop();
      if (tells) {
        await s.sara.start();
        s.sara.client.connect();
        await s.world.quiet([s.sara]);
      }
      await s.dara.start();
      s.dara.client.connect();
      if (tells) await s.world.quiet([s.dara]);
      else await looked(s, s.dara, async () => (await s.dara.client.safety(identity)).paused);
      expect(await opsKnown(s)).toBe(4);
      expect((await s.dara.client.alerts()).map(({ code }) => code)).toEqual(["chain-forked"]);
      expect((await s.dara.client.safety(identity)).paused).toBe(true);
      await s.end();
    },
  );
});

describe("an override on disk that no station was seen to take", () => {
  it("R-12 is brought with the next link, and is the device's own from then on", async () => {
    const s = await scene();
    await steal(s, s.sara);
    await s.sara.stop();
    const dead = Promise.withResolvers<void>();
    await s.sara.start({ store: (inner) => new DyingStore(inner, 1, "after", () => dead.resolve()) });
    void s.sara.client.takeBack().catch(() => undefined);
    await s.world.settle(dead.promise);
    await s.sara.stop().catch(() => undefined);
    expect(await opsAt(s, s.sara)).toHaveLength(4);
    await s.sara.start();
    s.sara.client.connect();
    await s.world.quiet([s.sara]);
    expect((await stateOf(s.sara)).ops.map(({ bytes }) => bytes)).toEqual(await opsAt(s, s.sara));
    expect(await opsAt(s, s.sara)).toHaveLength(5);
    await s.end();
  });
});

describe.each(["before", "after"] as const)(
  "an engine killed just %s any of its writes while it takes back",
  (when) => {
    it("R-12 is done, or can be done again, and never has a key that the chain does not name", async () => {
      for (let atWrite = 1; atWrite <= 6; atWrite++) {
        const s = await scene();
        await steal(s, s.sara);
        await s.sara.stop();
        const dead = Promise.withResolvers<void>();
        const store = { made: undefined as DyingStore | undefined };
        await s.sara.start({
          store: (inner) => (store.made = new DyingStore(inner, atWrite, when, () => dead.resolve())),
        });
        const work = s.sara.client.takeBack().catch(() => undefined);
        await s.world.settle(Promise.race([work, dead.promise]));
        await s.sara.stop().catch(() => undefined);
        await s.sara.start();
        const again = await takenBack(s).catch((error: unknown) => (error as { code: string }).code);
        expect(again === "client/nothing-to-take-back" || typeof again === "object").toBe(true);
        const row = (await loadProfile(new MemoryStore(s.sara.medium)))!;
        const state = await stateOf(s.sara);
        expect(row.ops).toEqual(await opsAt(s, s.sara));
        expect(state.devices).toHaveLength(1);
        const everyday = await crypto.ed25519.publicKey(decodeBundle(row.bundle).rankOneSeed!.expose());
        expect(Buffer.from(state.rotationKeys[1]!).equals(everyday)).toBe(true);
        await s.end();
      }
    });
  },
);
