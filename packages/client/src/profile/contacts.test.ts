import { chainPorts, createIdentity, rankZeroSeed, setAnchors } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { encodeEntry, type Home, type IdentityState, stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { encodeRoom } from "../conversation/room-descriptor.ts";
import { Draft } from "../store/shelf.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { ContactBook } from "./contacts.ts";

const crypto = nodeCrypto();
const home: Home = {
  station: { key: stationKey(new Uint8Array(32).fill(1)), urls: ["wss://a.example"] },
  region: "IR",
};

async function grown(): Promise<readonly [short: IdentityState, long: IdentityState, fork: IdentityState]> {
  const { state, bundle } = await createIdentity(home, 1, crypto);
  const seed = rankZeroSeed(bundle.entropy!, crypto);
  const long = await setAnchors(state, [home], { seed, timeMs: 2 }, crypto);
  const fork = await setAnchors(state, [], { seed, timeMs: 3 }, crypto);
  return [state, long.state, fork.state];
}

const opsOf = (state: IdentityState): Uint8Array[] => state.ops.map(({ bytes }) => bytes);

async function holding(state: IdentityState): Promise<ContactBook> {
  const store = new MemoryStore();
  const draft = new Draft();
  new ContactBook(store, chainPorts(crypto)).put(draft, state, "Dara");
  await draft.commit(store);
  // A second book reads what the first wrote.
  return new ContactBook(store, chainPorts(crypto));
}

describe("ContactBook", () => {
  it("F-3 takes a chain that grew, and keeps the name", async () => {
    const [short, long] = await grown();
    const book = await holding(short);
    expect((await book.check(opsOf(long), short.identity)).seq).toBe(1);
    expect((await book.get(short.identity))?.name).toBe("Dara");
  });

  it("F-3 refuses a stale chain, a forked one and another's", async () => {
    const [short, long, fork] = await grown();
    const [other] = await grown();
    const book = await holding(long);
    const { identity } = long;
    await expect(book.check(opsOf(short), identity)).rejects.toMatchObject({ code: "client/stale-chain" });
    await expect(book.check(opsOf(fork), identity)).rejects.toMatchObject({ code: "client/forked-chain" });
    await expect(book.check(opsOf(other), identity)).rejects.toMatchObject({ code: "client/wrong-chain" });
    await expect(book.check([], identity)).rejects.toMatchObject({ code: "client/wrong-chain" });
  });

  it("F-5 vouches for live devices only", async () => {
    const [short] = await grown();
    const [other] = await grown();
    const book = await holding(short);
    const { identity, devices } = short;
    const context = new Uint8Array(0);
    expect(await book.authenticate({ identity, device: devices[0]!.device }, context)).toBe(true);
    expect(await book.authenticate({ identity, device: other.devices[0]!.device }, context)).toBe(false);
    expect(await book.authenticate({ identity: other.identity, device: other.devices[0]!.device }, context)).toBe(
      false,
    );
  });

  it("F-64 lets leaves of a group through while it is joined and not known yet, and never once this device is in it", async () => {
    const [short, long] = await grown();
    const book = new ContactBook(new MemoryStore(), chainPorts(crypto));
    const conversation = new Uint8Array(20).fill(3);
    const genesis = encodeEntry({
      kind: "genesis",
      log: "room",
      nonce: conversation,
      writeKey: new Uint8Array(32),
      readKey: new Uint8Array(32),
    });
    const group = { title: "a", owners: [short.identity], admins: [], membersAdd: false, links: [], barred: [] };
    const context = encodeRoom({ hub: home.station, genesis, ops: [], group });
    const credential = { identity: short.identity, device: short.devices[0]!.device };
    expect(await book.authenticate(credential, context)).toBe(true);
    book.isIn = (one) => one.every((byte, at) => byte === conversation[at]);
    expect(await book.authenticate(credential, context)).toBe(false);
    await book.learn(opsOf(long), long.identity);
    expect(await book.authenticate(credential, context)).toBe(true);
    expect(await book.authenticate({ ...credential, device: new Uint8Array(32) }, context)).toBe(false);
  });
});
