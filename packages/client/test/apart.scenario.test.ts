/* The high-risk profile: what a station sees on each link. */
import { type Carrier, CellReader } from "@chapar/carrier";
import { decodeFrame, FrameReader, type Request } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import type { TokenIssuer } from "@chapar/station";
import { NodeTokenIssuer } from "@chapar/station/node";
import type { TestStation } from "@chapar/station/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

/** What was asked on each link of a person, in order. */
function listened(inner: Carrier): {
  readonly links: Request[][];
  /** those that are open */
  readonly live: ReadonlySet<Request[]>;
  /** of chunks on links that are paced */
  readonly sizes: Set<number>;
  readonly carrier: Carrier;
  cut(at: number): void;
} {
  const links: Request[][] = [];
  const open: (() => void)[] = [];
  const sizes = new Set<number>();
  const live = new Set<Request[]>();
  const carrier: Carrier = {
    kind: inner.kind,
    handles: (route) => inner.handles(route),
    dial: async (route, options) => {
      const link = await inner.dial(route, options);
      const asked: Request[] = [];
      links.push(asked);
      live.add(asked);
      void link.ended.then(() => live.delete(asked));
      open.push(() => link.close());
      const [reader, cells] = [new FrameReader(), new CellReader()];
      const send = link.send.bind(link);
      let isPaced = false;
      link.send = (bytes) => {
        if (isPaced) sizes.add(bytes.byteLength);
        for (const piece of (isPaced ? cells.push(bytes) : undefined) ?? [bytes.slice()]) {
          for (const frame of reader.push(piece).frames) {
            const decoded = decodeFrame(frame.slice());
            if (decoded.ok && decoded.value.kind === "request") asked.push(decoded.value.body);
          }
        }
        isPaced ||= asked.at(-1)?.type === "cells";
        send(bytes);
      };
      return link;
    },
  };
  return { links, live, sizes, carrier, cut: (at) => open[at]?.() };
}

/** Names of rooms, inboxes and people on one link. */
function namesOn(asked: readonly Request[]): { account: string[]; rooms: string[]; others: string[] } {
  const account: string[] = [];
  const rooms: string[] = [];
  const others: string[] = [];
  for (const request of asked) {
    if (request.type === "account.auth") account.push(toHex(request.identity));
    else if ("log" in request) rooms.push(toHex(request.log));
    else if ("inbox" in request) others.push(toHex(request.inbox));
    else if ("identity" in request) others.push(toHex(request.identity));
  }
  const once = (all: string[]): string[] => [...new Set(all)];
  return { account: once(account), rooms: once(rooms), others: once(others) };
}

/** A station whose key for tokens is in its log; or which shows somebody another one than that. */
async function issuing(world: World, isLying = false): Promise<{ station: TestStation; spent: () => number }> {
  const named = await new World().stations.station("one");
  const issuer = new NodeTokenIssuer(folder(), named.ref.key);
  const other = new NodeTokenIssuer(folder(), named.ref.key);
  // Made here: the world's clock would run on meanwhile.
  const own = (await other.key()).bytes;
  await issuer.key();
  let spent = 0;
  const tokens: TokenIssuer = {
    key: async () => {
      const { bytes, index } = await issuer.key();
      return { bytes: isLying ? own : bytes, index };
    },
    sign: (request) => (isLying ? other : issuer).sign(request),
    open: (token) => issuer.open(token),
    spend: (name) => {
      spent += 1;
      return issuer.spend(name);
    },
  };
  const station = await world.stations.station("one", { logged: true, tokens });
  const { ledger } = station.station;
  if (ledger === undefined) throw new Error("no log");
  issuer.over(ledger);
  return { station, spent: () => spent };
}

async function scene(): Promise<{
  world: World;
  station: TestStation;
  sara: Person;
  friends: Person[];
  line: ReturnType<typeof listened>;
  rooms: string[];
  end: () => Promise<void>;
}> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const line = listened(world.stations.network.carrier());
  const sara = await world.person("Sara", station, { carriers: [line.carrier] });
  const friends = [await world.person("Dara", station), await world.person("Nima", station)];
  await sara.client.ways.shield(true);
  const rooms: string[] = [];
  for (const friend of friends) rooms.push(await sara.client.open(await friend.client.invite()));
  for (const room of rooms) await sara.client.send(room, { text: "hello" });
  for (const person of [sara, ...friends]) person.client.connect();
  await world.quiet([sara, ...friends]);
  const end = async (): Promise<void> => {
    for (const person of [sara, ...friends]) await person.stop();
    await station.stop();
  };
  return { world, station, sara, friends, line, rooms, end };
}

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-apart-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe("the high-risk profile", () => {
  it("U-1 shows the account, each room and each other person on links of their own, and letters still go both ways", async () => {
    const { world, sara, friends, line, rooms, end } = await scene();
    for (const friend of friends) await friend.client.send(await friend.only(), { text: "answer" });
    await world.quiet([sara, ...friends]);
    for (const room of rooms) expect(await sara.lines(room)).toEqual(["hello", "answer"]);
    const own = new Set<string>();
    for (const asked of line.links) {
      const { account, rooms: seen, others } = namesOn(asked);
      if (account.length > 0) {
        for (const log of seen) own.add(log);
        // Nobody else is named there.
        expect(others.filter((name) => name !== account[0])).toEqual([]);
      } else expect([...seen, ...others].length).toBeLessThan(2);
    }
    // Beside the account stands its inbox alone.
    expect(own.size).toBe(1);
    const attended = line.links.filter((asked) => asked.some(({ type }) => type === "log.append"));
    expect(attended.length).toBe(rooms.length);
    expect(line.links.every((asked) => asked[2]?.type === "cells")).toBe(true);
    expect(line.sizes).toEqual(new Set([4096]));
    await end();
  });

  it("U-2 reads a room on when its link is cut, and begins links anew when the profile is changed", async () => {
    const { world, sara, friends, line, rooms, end } = await scene();
    const at = line.links.findIndex((asked) => asked.some(({ type }) => type === "log.append"));
    line.cut(at);
    await world.quiet([sara]);
    for (const friend of friends) await friend.client.send(await friend.only(), { text: "again" });
    for (const room of rooms) await sara.client.send(room, { text: "mine" });
    await world.quiet([sara, ...friends]);
    for (const room of rooms) expect((await sara.lines(room)).toSorted()).toEqual(["again", "hello", "mine"]);
    await sara.client.ways.shield(false);
    const before = line.links.length;
    await world.quiet([sara]);
    await sara.client.send(rooms[0] ?? "", { text: "in the open" });
    await world.quiet([sara, ...friends]);
    const after = line.links.slice(before).map(namesOn);
    expect(after.filter(({ account }) => account.length > 0).map(({ rooms: seen }) => seen.length)).toEqual([4]);
    await end();
  });

  it("U-6 carries a file however long it takes, and the station does not take its link for idle", async () => {
    const { world, sara, friends, rooms, end } = await scene();
    const [room = ""] = rooms;
    const bytes = new Uint8Array(60_000).fill(7);
    const files = [{ fileName: "photo.jpg", mediaType: "image/jpeg", from: { bytes } }];
    const sending = sara.client.media.send(room, { text: "a file", files }, { signal: new AbortController().signal });
    await world.settle(sending);
    await world.quiet([sara, ...friends], 3_600_000);
    expect((await friends[0]?.lines(room))?.toSorted()).toEqual(["a file", "hello"]);
    expect((await sara.client.messages(room, { limit: 1 }))[0]?.state).not.toBe("queued");
    await end();
  });

  it("U-7 keeps lanes ready, and a conversation that is new takes one that is there", async () => {
    const { world, station, sara, line, end } = await scene();
    const isAccount = (asked: readonly Request[]): boolean => asked.some(({ type }) => type === "account.auth");
    const lanes = (): Request[][] => [...line.live].filter((asked) => !isAccount(asked));
    // Lanes that served for a question end after a minute, and others are dialed in their place.
    await world.clock.advance(180_000);
    expect(lanes().length % 4).toBe(0);
    const ready = lanes().filter((asked) => namesOn(asked).rooms.length === 0);
    expect(ready.length).toBeGreaterThan(1);
    const omid = await world.person("Omid", station);
    omid.client.connect();
    await world.quiet([omid]);
    const room = await sara.client.open(await omid.client.invite());
    await sara.client.send(room, { text: "hello" });
    await world.quiet([sara, omid]);
    const taken = ready.filter((asked) => namesOn(asked).rooms.length === 1);
    expect(taken.length).toBe(1);
    expect(taken[0]?.some(({ type }) => type === "log.append")).toBe(true);
    await omid.stop();
    await end();
  });

  it("U-10 pays with a blind token for each room that it makes, on the room's own link", async () => {
    const world = new World({ latencyMs: 5 });
    const { station, spent } = await issuing(world);
    const line = listened(world.stations.network.carrier());
    const sara = await world.person("Sara", station, { carriers: [line.carrier] });
    const dara = await world.person("Dara", station);
    await sara.client.ways.shield(true);
    const room = await sara.client.open(await dara.client.invite());
    await sara.client.send(room, { text: "hello" });
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara], 3_600_000);
    expect(await dara.lines(await dara.only())).toEqual(["hello"]);
    const paying = line.links.filter((asked) => asked.some(({ type }) => type === "token.spend"));
    expect(paying.map((asked) => asked.some(({ type }) => type === "account.auth"))).toEqual([false]);
    expect(paying.map((asked) => asked.filter(({ type }) => type === "log.create").length)).toEqual([1]);
    // The account made its inbox, and nothing else.
    const account = line.links.filter((asked) => asked.some(({ type }) => type === "account.auth"));
    expect(account.flat().filter(({ type }) => type === "log.create").length).toBe(1);
    expect(spent()).toBe(1);
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
  });

  it("U-11 takes no token of a key that is not the one in the station's log, and makes nothing", async () => {
    const world = new World({ latencyMs: 5 });
    const { station, spent } = await issuing(world, true);
    const line = listened(world.stations.network.carrier());
    const sara = await world.person("Sara", station, { carriers: [line.carrier] });
    const dara = await world.person("Dara", station);
    dara.client.connect();
    await world.quiet([dara]);
    await sara.client.ways.shield(true);
    const room = await sara.client.open(await dara.client.invite());
    sara.client.connect();
    const shown = async (): Promise<boolean> => (await sara.client.conversation(room))?.fault === "client/unlogged-key";
    for (let turn = 0; turn < 60 && !(await shown()); turn++) await world.clock.advance(10_000);
    expect(await shown()).toBe(true);
    const asked = line.links.flat();
    expect(asked.filter(({ type }) => type === "log.create").length).toBe(1);
    expect(asked.filter((one) => one.type === "token.issue" && one.request.byteLength > 0)).toEqual([]);
    expect(spent()).toBe(0);
    for (const person of [sara, dara]) await person.stop();
    await station.stop();
  });
});
