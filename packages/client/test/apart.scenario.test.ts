/* The high-risk profile: what a station sees on each link. */
import type { Carrier } from "@chapar/carrier";
import { decodeFrame, FrameReader, type Request } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { type Person, World } from "./world.ts";

/** What was asked on each link of a person, in order. */
function listened(inner: Carrier): { readonly links: Request[][]; readonly carrier: Carrier; cut(at: number): void } {
  const links: Request[][] = [];
  const open: (() => void)[] = [];
  const carrier: Carrier = {
    kind: inner.kind,
    handles: (route) => inner.handles(route),
    dial: async (route, options) => {
      const link = await inner.dial(route, options);
      const asked: Request[] = [];
      links.push(asked);
      open.push(() => link.close());
      const reader = new FrameReader();
      const send = link.send.bind(link);
      link.send = (bytes) => {
        for (const frame of reader.push(bytes.slice()).frames) {
          const decoded = decodeFrame(frame.slice());
          if (decoded.ok && decoded.value.kind === "request") asked.push(decoded.value.body);
        }
        send(bytes);
      };
      return link;
    },
  };
  return { links, carrier, cut: (at) => open[at]?.() };
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

async function scene(): Promise<{
  world: World;
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
  return { world, sara, friends, line, rooms, end };
}

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
      } else expect([seen.length + others.length, seen, others]).toEqual([1, seen, others]);
    }
    // Beside the account stands its inbox alone.
    expect(own.size).toBe(1);
    const attended = line.links.filter((asked) => asked.some(({ type }) => type === "log.append"));
    expect(attended.length).toBe(rooms.length);
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
});
