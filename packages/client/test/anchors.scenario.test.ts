/* Chains that other stations keep: set by their owner without asking, and asked by whoever looks at the chain (I-17, R-11). */
import { decodeIdentityWord, signIdentityWord } from "@chapar/evidence";
import { decodeBundle, setHome } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { foldChain, type Home, idText, type IdentityState, ledgerIdentityOf } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { alertShelf } from "../src/trust/alert-row.ts";
import { Liar } from "./liar.ts";
import { signerOf } from "./scripted-ledger.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const NEVER = new AbortController().signal;

interface Scene {
  readonly world: World;
  readonly here: TestStation;
  readonly there: TestStation;
  /** on Sara's way to her home, and on Dara's to hers */
  readonly liars: { readonly sara: Liar; readonly dara: Liar };
  readonly sara: Person;
  readonly dara: Person;
  readonly end: () => Promise<void>;
}

/** Dara lives here and Sara there; they have talked. */
async function scene(): Promise<Scene> {
  const world = new World();
  const here = await world.stations.station("here");
  const there = await world.stations.station("there", { region: "DE" });
  const liars = { sara: new Liar(), dara: new Liar() };
  const through = (liar: Liar) => ({ carriers: [liar.carrier(world.stations.network.carrier())] });
  const sara = await world.person("Sara", there, through(liars.sara), "DE");
  const dara = await world.person("Dara", here, through(liars.dara));
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "hello" });
  for (const { client } of [sara, dara]) client.connect();
  await world.quiet([sara, dara]);
  const end = async (): Promise<void> => {
    for (const person of [sara, dara]) await person.stop();
    for (const station of [here, there]) await station.stop();
  };
  return { world, here, there, liars, sara, dara, end };
}

async function look(s: Scene, person: Person): Promise<void> {
  await s.world.clock.advance(20);
  await s.world.settle(person.client.check({ signal: NEVER }));
}

const idOf = ({ client }: Person): Uint8Array => fromBase32(client.me()!.identity)!;

/** What a station gives of somebody's chain to a stranger. */
async function opsAt(s: Scene, station: TestStation, person: Person): Promise<readonly Uint8Array[] | undefined> {
  const client = await s.world.stations.client(station);
  const request = { type: "identity.get", identity: idOf(person), at: undefined } as const;
  const answer = await s.world.settle(client.ask(request as Parameters<typeof client.ask>[0]));
  return answer.type === "identity.ops" ? answer.ops : undefined;
}

async function stateOf({ medium }: Person): Promise<IdentityState> {
  const row = (await loadProfile(new MemoryStore(medium)))!;
  const verify = crypto.ed25519.verify.bind(crypto.ed25519);
  const folded = await foldChain(row.ops, { sha256, verify }, row.identity);
  if (!folded.ok) throw new Error(folded.code);
  return folded.value;
}

/** Another op by the key on somebody's device, brought to a station by whoever has it. */
async function moved(s: Scene, person: Person, home: Home, to: readonly TestStation[]): Promise<readonly Uint8Array[]> {
  const row = (await loadProfile(new MemoryStore(person.medium)))!;
  const { rankOneSeed } = decodeBundle(row.bundle);
  const made = await setHome(await stateOf(person), home, { seed: rankOneSeed!, timeMs: 1 }, crypto);
  const ops = [...row.ops, ...made.ops];
  for (const station of to) {
    const client = await s.world.stations.client(station);
    await s.world.settle(client.expect("done", { type: "identity.anchor", ops, at: undefined }));
  }
  return ops;
}

describe("anchors", () => {
  it("I-17 C-12 R-11 an account names the homes of those it talks with, and no other station; they keep its chain", async () => {
    const s = await scene();
    const elsewhere = await s.world.stations.station("elsewhere");
    expect(await opsAt(s, s.here, s.sara)).toBeUndefined();
    await look(s, s.sara);
    const { ops, anchors } = await stateOf(s.sara);
    expect(ops).toHaveLength(2);
    expect(anchors.map(({ station, region }) => [idText(station.key), region])).toEqual([
      [idText(s.here.ref.key), "IR"],
    ]);
    expect(await opsAt(s, s.there, s.sara)).toEqual(ops.map(({ bytes }) => bytes));
    expect(await opsAt(s, s.here, s.sara)).toEqual(ops.map(({ bytes }) => bytes));
    expect(await opsAt(s, elsewhere, s.sara)).toBeUndefined();
    // Nothing is left to do, and nothing is done again.
    let again = 0;
    s.liars.sara.answer = ({ type }) => {
      if (type === "identity.anchor" || type === "identity.put") again += 1;
      return undefined;
    };
    await look(s, s.sara);
    expect(again).toBe(0);
    expect((await stateOf(s.sara)).ops).toHaveLength(2);
    // C-12: whom she talks with hears of it from her own device.
    await s.world.quiet([s.sara, s.dara]);
    expect((await s.dara.client.safety(s.sara.client.me()!.identity)).ops).toBe(2);
    await look(s, s.dara);
    expect(await s.dara.client.alerts()).toEqual([]);
    await elsewhere.stop();
    await s.end();
  });

  it("R-11 an op that the home took and whose answer was lost is the chain's after the next start, and nobody else's", async () => {
    const s = await scene();
    s.liars.sara.lie = (frame, asked) => (asked?.type === "identity.put" ? [] : [frame]);
    const looked = s.sara.client.check({ signal: NEVER }).catch(() => undefined);
    await s.world.clock.advance(5_000);
    expect(await opsAt(s, s.there, s.sara)).toHaveLength(2);
    expect((await stateOf(s.sara)).ops).toHaveLength(1);
    await s.sara.stop();
    await looked;
    await s.sara.start();
    s.sara.client.connect();
    await look(s, s.sara);
    expect((await stateOf(s.sara)).ops.map(({ bytes }) => bytes)).toEqual(await opsAt(s, s.there, s.sara));
    expect(await s.sara.client.alerts()).toEqual([]);
    await s.end();
  });

  it("R-11 a home that shows fewer ops than an anchor hides one: told with both words, and the anchor's chain is believed", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    await look(s, s.sara);
    for (let i = 0; i < 60 && (await s.dara.client.safety(identity)).ops < 2; i++) await look(s, s.dara);
    const before = (await stateOf(s.sara)).ops.map(({ bytes }) => bytes);
    await moved(s, s.sara, { station: s.there.ref, region: "FR" }, [s.there, s.here]);
    const signer = await signerOf("there");
    s.liars.dara.lie = (frame, asked) => {
      const isTheirs = asked?.type === "identity.word" && asked.at !== undefined;
      if (!isTheirs || frame.kind !== "response" || frame.body.type !== "identity.word") return [frame];
      return [{ ...frame, body: { ...frame.body, ops: before, word } }];
    };
    const direct = await s.world.stations.client(s.there);
    const asked = { type: "identity.word", identity: idOf(s.sara), at: undefined } as const;
    const true_ = decodeIdentityWord((await s.world.settle(direct.expect("identity.word", asked as never))).word);
    if (!true_.ok) throw new Error(true_.code);
    const timeMs = s.world.clock.nowMs();
    const fields = { identity: true_.value.identity, ...ledgerIdentityOf(before, sha256), timeMs };
    const word = await signIdentityWord(fields, signer);
    for (let i = 0; i < 60 && (await s.dara.client.alerts()).length === 0; i++) await look(s, s.dara);
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "hidden-op", person: identity, state: "open" }]);
    expect((await s.dara.client.safety(identity)).ops).toBe(3);
    const [alert] = await alertShelf.range(new MemoryStore(s.dara.medium), {});
    const words = alert!.value.kept.map((bytes) => decodeIdentityWord(bytes));
    expect(words.map((one) => (one.ok ? [idText(one.value.station), one.value.opCount] : one.code))).toEqual([
      [idText(s.there.ref.key), 2],
      [idText(s.here.ref.key), 3],
    ]);
    await s.end();
  });

  it("R-11 when a home answers no more, its people are followed by what their anchors have", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    await look(s, s.sara);
    for (let i = 0; i < 60 && (await s.dara.client.safety(identity)).ops < 2; i++) await look(s, s.dara);
    await moved(s, s.sara, { station: s.here.ref, region: "IR" }, [s.here]);
    await s.sara.stop();
    await s.there.stop();
    for (let i = 0; i < 60 && (await s.dara.client.safety(identity)).ops < 3; i++) await look(s, s.dara);
    expect(await s.dara.client.safety(identity)).toMatchObject({ ops: 3, changes: [{ what: "home-moved" }] });
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.dara.stop();
    await s.here.stop();
  });
});
