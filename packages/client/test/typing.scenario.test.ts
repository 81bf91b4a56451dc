/* That people are typing (protocol/5-content.md §13): told seldom, shown for seconds, where it may be, and by nobody but who types. */
import { decodeBundle, mlsDevice, tsMls, type DeviceKeys, type MlsGroup } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { conversationId, EPHEMERAL_BYTES, type Frame, type LogId } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { GroupShelf } from "../src/conversation/group-shelf.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { sealTyping, typingKey } from "../src/typing/sealing.ts";
import { friends, homesOf, idOf, stolen } from "./group-scene.ts";
import { Liar } from "./liar.ts";
import { type Between, type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const SHOWN_MS = 6_000;
const TELL_MS = 4_000;

/** Who is typing in a conversation, as a person was told: one entry for each time that it changed or was told again. */
function watch(person: Person, id: string): string[] {
  const told: string[] = [];
  person.client.subscribe((event) => {
    if (event.type === "typing" && event.conversation === id) told.push(event.people.map(({ name }) => name).join("+"));
  });
  return told;
}

interface Two {
  readonly world: World;
  readonly sara: Person;
  readonly dara: Person;
  readonly stations: readonly TestStation[];
  readonly id: string;
  /** what passes the line to Sara may be changed here */
  readonly liar: Liar;
  /** what Sara and Dara see of each other */
  readonly seen: { readonly sara: string[]; readonly dara: string[] };
  readonly quiet: () => Promise<void>;
  /** presses a key and lets it travel */
  readonly key: (who: Person) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Two people at two stations who have written to each other, or where only Sara has. */
async function two(options: { readonly isRequest?: boolean; readonly dara?: Between } = {}): Promise<Two> {
  const world = new World({ latencyMs: 20 });
  const liar = new Liar();
  const stations = [
    await world.stations.station("iran", { region: "IR" }),
    await world.stations.station("germany", { region: "DE" }),
  ] as const;
  const sara = await world.person("Sara", stations[0], { carriers: [liar.carrier(world.stations.network.carrier())] });
  const dara = await world.person("Dara", stations[1], options.dara ?? {}, "DE");
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "hello" });
  dara.client.connect();
  sara.client.connect();
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await quiet();
  if (options.isRequest !== true) await dara.client.send(id, { text: "hi" });
  await quiet();
  const key = async (who: Person): Promise<void> => {
    await who.client.talk.typing(id);
    await world.clock.advance(1_000);
  };
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    for (const station of stations) await station.stop();
  };
  return {
    world,
    sara,
    dara,
    stations,
    id,
    liar,
    seen: { sara: watch(sara, id), dara: watch(dara, id) },
    quiet,
    key,
    end,
  };
}

/** The group of somebody's device as it is now, and that device. */
async function inside(person: Person, id: string): Promise<{ readonly group: MlsGroup; readonly device: DeviceKeys }> {
  const store = new MemoryStore(stolen(person));
  const profile = await loadProfile(store);
  if (profile === undefined) throw new Error("no profile");
  const device = await mlsDevice(decodeBundle(profile.bundle), crypto);
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
  const shelf = new GroupShelf({ store, mls, keptGroups: new Map() }, device);
  const group = await shelf.load(conversationId(fromBase32(id) ?? new Uint8Array(0)));
  if (group === undefined) throw new Error("no group");
  return { group, device };
}

type Told = Extract<Extract<Frame, { kind: "notice" }>["body"], { type: "ephemeral" }>;

/** Keeps what is passed on to Sara. */
function tapped(liar: Liar): Told[] {
  const told: Told[] = [];
  liar.lie = (frame) => {
    if (frame.kind === "notice" && frame.body.type === "ephemeral")
      told.push({ ...frame.body, log: frame.body.log.slice() as LogId, sealed: frame.body.sealed.slice() });
    return [frame];
  };
  return told;
}

describe("that somebody is typing", () => {
  it("C-120 is told at the first key and then seldom, shown for seconds, and over with their message", async () => {
    const { world, sara, dara, id, seen, key, quiet, liar, end } = await two();
    const passed = tapped(liar);
    for (let at = 0; at < 10; at++) await key(dara);
    expect(passed).toHaveLength(3);
    expect(new Set(seen.sara)).toEqual(new Set(["Dara"]));
    expect(seen.dara).toEqual([]);
    await dara.client.send(id, { text: "what I typed" });
    await quiet();
    expect(seen.sara.at(-1)).toBe("");
    await world.clock.advance(TELL_MS);
    await key(dara);
    expect(seen.sara.at(-1)).toBe("Dara");
    await world.clock.advance(SHOWN_MS);
    expect(seen.sara.at(-1)).toBe("");
    await key(sara);
    expect(seen.dara).toEqual(["Sara"]);
    await end();
  });

  it("C-121 always has one size, moves no ratchet, and nothing of it is written by anyone", async () => {
    const { world, dara, stations, seen, key, liar, end } = await two();
    const passed = tapped(liar);
    // The first of an epoch shows the station the epoch's key, as a letter would.
    await key(dara);
    await world.clock.advance(TELL_MS);
    const rows = (): string[] =>
      [...dara.medium].flatMap(([table, all]) =>
        all.map(({ key: at, value }) =>
          [table, ...[at, value].map((one) => Buffer.from(one).toString("hex"))].join(" "),
        ),
      );
    const before = [rows(), stations.map(({ store }) => store.writes.length)];
    await key(dara);
    expect([rows(), stations.map(({ store }) => store.writes.length)]).toEqual(before);
    expect(passed.map(({ sealed }) => sealed.byteLength)).toEqual([EPHEMERAL_BYTES, EPHEMERAL_BYTES]);
    expect(passed[0]?.sealed).not.toEqual(passed[1]?.sealed);
    expect(seen.sara).toContain("Dara");
    await end();
  });

  it("C-122 is not told or shown where somebody has not answered yet", async () => {
    const { sara, dara, id, seen, key, quiet, liar, end } = await two({ isRequest: true });
    for (let at = 0; at < 3; at++) await sara.client.send(id, { text: `are you there? ${at}` });
    await quiet();
    const passed = tapped(liar);
    await key(sara);
    await key(dara);
    expect([seen.sara, seen.dara, passed]).toEqual([[], [], []]);
    await dara.client.send(id, { text: "hi" });
    await quiet();
    await key(sara);
    await key(dara);
    expect([seen.sara, seen.dara]).toEqual([["Dara"], ["Sara"]]);
    await end();
  });

  it("C-122 is neither told to a blocked person nor shown of one", async () => {
    const { sara, dara, world, seen, key, quiet, end } = await two();
    await sara.client.chats.block(idOf(dara), true);
    await quiet();
    await key(dara);
    await key(sara);
    expect(seen).toEqual({ sara: [], dara: [] });
    await sara.client.chats.block(idOf(dara), false);
    await world.clock.advance(TELL_MS);
    await key(dara);
    await key(sara);
    expect(seen).toEqual({ sara: ["Dara"], dara: ["Sara"] });
    await end();
  });

  it("C-122 is neither told nor shown under the shield", async () => {
    const { world, dara, seen, key, end, liar, quiet, stations } = await two();
    const taken = (): number | undefined => stations[1]?.observer.counts.get("requests ephemeral.take");
    const before = taken();
    await dara.client.ways.shield(true);
    await world.clock.advance(30_000);
    await quiet();
    const passed = tapped(liar);
    await key(dara);
    await world.clock.advance(30_000);
    expect([passed, seen.sara]).toEqual([[], []]);
    // Nor is it asked for on any link.
    expect(before).toBeGreaterThan(0);
    expect(taken()).toBe(before);
    await end();
  });

  it("C-122 is neither told nor shown on a line where bytes are dear, and is again when they are not", async () => {
    const line = { isDear: true };
    const { world, sara, dara, id, seen, key, quiet, end } = await two({ dara: { isDear: () => line.isDear } });
    await key(sara);
    await key(dara);
    expect(seen).toEqual({ sara: [], dara: [] });
    line.isDear = false;
    await sara.client.send(id, { text: "on a good line" });
    await quiet();
    await world.clock.advance(TELL_MS);
    await key(sara);
    await key(dara);
    expect(seen.sara).toEqual(["Dara"]);
    expect(seen.dara).toEqual(["Sara"]);
    line.isDear = true;
    await world.clock.advance(2 * SHOWN_MS);
    await key(sara);
    await key(dara);
    expect(seen.sara).toEqual(["Dara", ""]);
    expect(seen.dara.filter((names) => names !== "")).toEqual(["Sara"]);
    await end();
  });

  it("C-123 who does not tell it does not see it, and follows when they choose otherwise", async () => {
    const { world, sara, dara, seen, key, end, liar } = await two();
    expect(await sara.client.talk.telling()).toMatchObject({ typing: true });
    await sara.client.talk.setTelling({ typing: false });
    await world.clock.advance(1_000);
    const passed = tapped(liar);
    await key(dara);
    await key(sara);
    expect(seen).toEqual({ sara: [], dara: [] });
    // The station does not even pass it on.
    expect(passed).toEqual([]);
    await sara.client.talk.setTelling({ typing: true });
    await world.clock.advance(TELL_MS);
    await key(dara);
    await key(sara);
    expect(seen).toEqual({ sara: ["Dara"], dara: ["Sara"] });
    await sara.client.talk.setTelling({ typing: false });
    await world.clock.advance(500);
    expect(seen.sara).toEqual(["Dara", ""]);
    expect(await dara.client.talk.telling()).toMatchObject({ typing: true });
    await end();
  });

  it("C-124 a station that repeats one, or keeps it back, shows nobody", async () => {
    const { world, dara, seen, key, liar, end } = await two();
    const passed = tapped(liar);
    await key(dara);
    await world.clock.advance(SHOWN_MS);
    expect(seen.sara).toEqual(["Dara", ""]);
    const [first] = passed;
    if (first === undefined) throw new Error("nothing was passed on");
    liar.say({ kind: "notice", body: first });
    await world.clock.advance(1_000);
    expect(seen.sara).toEqual(["Dara", ""]);
    const kept: Frame[] = [];
    liar.lie = (frame) =>
      frame.kind === "notice" && frame.body.type === "ephemeral" ? (kept.push(frame), []) : [frame];
    await key(dara);
    await world.clock.advance(130_000);
    liar.repent();
    for (const frame of kept) liar.say(frame);
    await world.clock.advance(1_000);
    expect(kept).toHaveLength(1);
    expect(seen.sara).toEqual(["Dara", ""]);
    await end();
  });

  it("C-124 nobody types in the name of another: not the station, not a member, not who was there in an earlier epoch", async () => {
    const { world, sara, dara, id, seen, key, liar, end } = await two();
    const passed = tapped(liar);
    await key(dara);
    await world.clock.advance(SHOWN_MS);
    expect(seen.sara).toEqual(["Dara", ""]);
    const [honest] = passed;
    if (honest === undefined) throw new Error("nothing was passed on");
    const { group, device: own } = await inside(sara, id);
    const { device: theirs } = await inside(dara, id);
    const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
    const core = { mls, crypto, random: (size: number) => crypto.random(size) };
    const { log } = honest;
    const place = { log, epoch: group.epoch, key: await typingKey({ mls }, group) };
    const nowMs = (): number => world.clock.nowMs();
    // A member has the key, and not the other's device.
    const forger: DeviceKeys = { credential: theirs.credential, signaturePrivateKey: own.signaturePrivateKey };
    const bad = honest.sealed.slice();
    bad[40] = (bad[40] ?? 0) ^ 1;
    const stranger: DeviceKeys = {
      credential: { ...theirs.credential, device: await crypto.ed25519.publicKey(new Uint8Array(32).fill(5)) },
      signaturePrivateKey: new Uint8Array(32).fill(5),
    };
    const lies: Uint8Array[] = [
      bad,
      new Uint8Array(EPHEMERAL_BYTES),
      await sealTyping(core, place, forger, nowMs()),
      await sealTyping(core, place, stranger, nowMs()),
      await sealTyping(core, { ...place, epoch: place.epoch - 1 }, theirs, nowMs()),
      await sealTyping(core, { ...place, key: new Uint8Array(32) }, theirs, nowMs()),
    ];
    for (const sealed of lies) liar.say({ kind: "notice", body: { type: "ephemeral", log, sealed } });
    await world.clock.advance(1_000);
    expect(seen.sara).toEqual(["Dara", ""]);
    // What the other's device signs is believed, so it was the signature that was missed.
    const true_ = await sealTyping(core, place, theirs, nowMs());
    liar.say({ kind: "notice", body: { type: "ephemeral", log, sealed: true_ } });
    await world.clock.advance(1_000);
    expect(seen.sara.at(-1)).toBe("Dara");
    await end();
  });

  it("C-124 a station that floods a device is listened to no longer, and does not keep it from its letters", async () => {
    const { sara, dara, id, liar, key, quiet, seen, end } = await two();
    const kept: Told[] = [];
    liar.lie = (frame) => {
      if (frame.kind !== "notice" || frame.body.type !== "ephemeral") return [frame];
      kept.push({ ...frame.body, log: frame.body.log.slice() as LogId, sealed: frame.body.sealed.slice() });
      return [];
    };
    await key(dara);
    const [told] = kept;
    if (told === undefined) throw new Error("nothing was passed on");
    liar.repent();
    for (let at = 0; at < 2_000; at++)
      liar.say({ kind: "notice", body: { ...told, sealed: crypto.random(EPHEMERAL_BYTES) } });
    liar.say({ kind: "notice", body: told });
    await dara.client.send(id, { text: "through all of it" });
    await quiet();
    expect(await sara.lines(id)).toContain("through all of it");
    expect(seen.sara).toEqual([]);
    expect(sara.client.route().state).toBe("open");
    await end();
  });

  it("C-122 C-124 is told to a group by name, at all stations, and neither to nor by who was taken out", async () => {
    const world = new World({ latencyMs: 20 });
    const people = await friends(world, ["Sara", "Dara", "Omid"], 2);
    const [sara, dara, omid] = people as [Person, Person, Person];
    const id = await sara.client.groups.create("Walks", [idOf(dara), idOf(omid)]);
    await world.quiet(people);
    for (const person of people) await person.client.send(id, { text: "here" });
    await world.quiet(people);
    const seen = people.map((person) => watch(person, id));
    const key = async (who: Person): Promise<void> => {
      await who.client.talk.typing(id);
      await world.clock.advance(1_000);
    };
    await key(dara);
    await key(omid);
    expect(seen.map((told) => told.at(-1))).toEqual(["Dara+Omid", "Omid", "Dara"]);
    await world.clock.advance(SHOWN_MS);
    expect(seen.map((told) => told.at(-1))).toEqual(["", "", ""]);
    await sara.client.groups.remove(id, idOf(omid));
    await world.quiet(people);
    const before = seen.map((told) => told.length);
    await omid.client.talk.typing(id).catch(() => undefined);
    await key(dara);
    await world.clock.advance(1_000);
    expect(seen.map((told, at) => told.slice(before[at]))).toEqual([["Dara"], [], []]);
    for (const person of people) await person.stop();
    for (const station of homesOf(world)) await station.stop();
  });
});
