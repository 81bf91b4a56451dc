/* A hub that lies about who reads a channel, and about who leads it (protocol/20-channels.md §7). */
import { nodeCrypto } from "@chapar/e2e/node";
import { LeaderKeys } from "@chapar/e2e/channels";
import { MemoryTree } from "@chapar/log";
import { decodeEntry, encodeEntry, type LogId, type Request } from "@chapar/wire";
import { equalBytes, fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { sealAnswer } from "../src/conversation/link-sealing.ts";
import { askKeys, CHANNEL_ANSWER, sealChannelAsk, sealChannelGrant } from "../src/channels/knocks.ts";
import { readChannelLink } from "../src/channels/link-text.ts";
import { channelShelf, type ChannelRow } from "../src/channels/rows.ts";
import type { Member } from "../src/core.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type BoardScene, boardScene, goesOn, ports, until } from "./board-lying-scene.ts";
import { signedHead } from "./liar.ts";
import { CHANNEL_ASK_FRAME } from "../src/sync/knock-frames.ts";
import type { Person } from "./world.ts";

const crypto = nodeCrypto();
const { hasher } = ports;
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);

async function rowOf({ medium }: Person, id: string): Promise<ChannelRow> {
  const row = await channelShelf.get(new MemoryStore(medium), fromBase32(id)!);
  if (row === undefined) throw new Error("no channel");
  return row;
}

/** Keeps what is left in inboxes over the links that pass the liar, and may refuse it. */
function inboxes(s: BoardScene): {
  refuses: boolean;
  readonly knocks: { readonly inbox: LogId; readonly frame: Uint8Array }[];
} {
  const seen = { refuses: false, knocks: [] as { inbox: LogId; frame: Uint8Array }[] };
  s.liar.answer = (request: Request) => {
    if (request.type !== "inbox.append") return undefined;
    const entry = decodeEntry(request.entry);
    if (entry.ok && entry.value.kind === "knock")
      seen.knocks.push({ inbox: request.inbox, frame: entry.value.frame.slice() });
    return seen.refuses ? { type: "error", code: "station/internal", detail: undefined } : undefined;
  };
  return seen;
}

/** Leaves a knock in an inbox, as any station can. */
async function knock(s: BoardScene, inbox: LogId, frame: Uint8Array): Promise<void> {
  const client = await s.world.settle(s.world.stations.client(s.hub));
  const entry = encodeEntry({ kind: "knock", frame });
  await s.world.settle(client.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry }));
}

/** Puts a knock into an inbox of the leader's once more: its log grows by the same entry, as only its own station can have it. */
async function repeat(
  s: BoardScene,
  { inbox, frame }: { readonly inbox: LogId; readonly frame: Uint8Array },
): Promise<void> {
  const entry = encodeEntry({ kind: "knock", frame });
  const said = repeated.get(s) ?? [];
  const tree = new MemoryTree(hasher);
  const chunks = await s.hub.store.chunks(inbox, 0, 1_000_000);
  expect(chunks.flatMap(({ entries }) => entries).some((one) => equalBytes(one, entry))).toBe(true);
  for (const one of [...chunks.flatMap(({ entries }) => entries), ...said, entry]) tree.append(hasher.leaf(one));
  repeated.set(s, [...said, entry]);
  const head = await signedHead("one", {
    logId: inbox,
    size: tree.size,
    root: tree.root(),
    timeMs: s.world.clock.nowMs() + 1,
  });
  const push = { type: "log.push", log: inbox, first: tree.size - 1, entries: [entry], head } as const;
  s.leaders.say({ kind: "notice", body: push });
  await s.world.clock.advance(1_000);
}

/** What was put into an inbox twice. */
const repeated = new WeakMap<BoardScene, readonly Uint8Array[]>();

/** Dara asks once more, and nobody who leads is there to answer. @returns her inbox */
async function asksAgain(s: BoardScene): Promise<LogId> {
  let inbox: LogId | undefined;
  s.liar.lie = (frame) => {
    if (frame.kind === "notice" && frame.body.type === "log.push") {
      const [entry] = frame.body.entries;
      const decoded = entry && decodeEntry(entry);
      if (decoded?.ok === true && decoded.value.kind === "knock") inbox = frame.body.log;
    }
    return [frame];
  };
  await s.dara.client.channels.leave(s.id);
  await s.world.quiet(s.all);
  await s.dara.client.channels.join(s.link);
  await s.world.quiet(s.all);
  await s.dara.client.channels.leave(s.id);
  await s.world.quiet(s.all);
  await s.sara.stop();
  await s.dara.client.channels.join(s.link);
  await s.world.clock.advance(5_000);
  expect((await s.dara.client.channels.view(s.id)).standing).toBe("asking");
  if (inbox === undefined) throw new Error("nothing came into the inbox");
  return inbox;
}

describe("a hub that lies about the people of a channel", () => {
  it("H-18 answers an ask in the leader's place, with a grant or a refusal of its own: the leader's word holds", async () => {
    const s = await boardScene();
    const inbox = await asksAgain(s);
    const link = readChannelLink(s.link, sha256)!;
    const row = await rowOf(s.dara, s.id);
    const seed = crypto.random(32);
    const device = await crypto.ed25519.publicKey(seed);
    const hub = {
      crypto,
      sha256,
      random: crypto.random.bind(crypto),
      device: { credential: { device }, signaturePrivateKey: seed },
    };
    const keys = new LeaderKeys(crypto, crypto.random(32), false);
    const { publicKey } = await askKeys({ crypto }, row.askSeed);
    const grant = {
      channel: link.channel,
      log: s.log,
      name: "The hub's own",
      about: "",
      readers: 1,
      period: 0,
      leaf: 5,
      periodKey: keys.periodKey(0),
      keys: keys.tree.path(5, 0),
      writeSeed: keys.writeSeed(0),
      writers: [link.invite.person.identity],
      people: Uint8Array.of(0),
    };
    const forged = await sealChannelGrant(hub as unknown as Member, grant, publicKey);
    await knock(s, inbox, forged!);
    await s.world.clock.advance(5_000);
    expect(await s.dara.client.channels.view(s.id)).toMatchObject({ standing: "asking", name: "News", writes: false });
    await knock(s, inbox, await sealAnswer(hub, link.seed, CHANNEL_ANSWER, { into: link.channel, why: "refused" }));
    await s.world.clock.advance(5_000);
    expect(await s.dara.client.channels.view(s.id)).toMatchObject({ standing: "refused", name: "News" });
    await s.sara.start();
    s.sara.client.connect();
    await s.world.quiet(s.all);
    expect(await s.dara.client.channels.view(s.id)).toMatchObject({ standing: "in", name: "News", writes: false });
    await goesOn(s);
    expect((await s.dara.lines(s.id)).at(-1)).toBe("to all: and here?");
    await s.end();
  });

  it("H-19 does not take the word of somebody who leaves: their keys are gone at once, and the leader hears of it when it does", async () => {
    const s = await boardScene();
    const seen = inboxes(s);
    seen.refuses = true;
    await s.dara.client.channels.leave(s.id);
    await s.world.clock.advance(20_000);
    const { standing, keys, headKey, readSeed, delivered } = await rowOf(s.dara, s.id);
    expect([standing, keys.length, headKey.byteLength, readSeed.byteLength]).toEqual(["left", 0, 0, 0]);
    expect(delivered).toBe(false);
    expect((await s.sara.client.channels.view(s.id)).readerCount).toBe(2);
    await goesOn(s);
    expect(await s.dara.lines(s.id)).toEqual(["before"]);
    seen.refuses = false;
    await until(s, async () => (await s.sara.client.channels.view(s.id)).readerCount === 1, 900);
    expect((await s.sara.client.channels.view(s.id)).readers.map(({ name }) => name)).toEqual(["Lale"]);
    await s.end();
  });

  it("H-19 repeats the word of somebody who left and came back, and asks of before: nobody is taken out, let in or counted", async () => {
    const s = await boardScene();
    const seen = inboxes(s);
    await s.dara.client.channels.leave(s.id);
    await s.world.quiet(s.all);
    await s.dara.client.channels.join(s.link);
    await s.world.quiet(s.all);
    const asks = seen.knocks.filter(({ frame }) => frame[0] === CHANNEL_ASK_FRAME);
    expect(asks).toHaveLength(2);
    const [leaves, comes] = asks;
    await repeat(s, leaves!);
    await s.world.clock.advance(10_000);
    await s.world.quiet(s.all);
    expect((await s.dara.client.channels.view(s.id)).standing).toBe("in");
    const view = await s.sara.client.channels.view(s.id);
    expect([view.readerCount, view.readers.some(({ going }) => going)]).toEqual([2, false]);
    await s.dara.client.channels.leave(s.id);
    await s.world.quiet(s.all);
    await repeat(s, comes!);
    await s.world.clock.advance(10_000);
    await s.world.quiet(s.all);
    expect((await s.sara.client.channels.view(s.id)).readerCount).toBe(1);
    expect((await s.dara.client.channels.view(s.id)).standing).toBe("left");
    await goesOn(s);
    await s.end();
  });

  it("H-18 H-7 has every key of before, and those of somebody who was taken out: the register that the leader shows is the leader's own", async () => {
    const s = await boardScene();
    await s.sara.client.channels.remove(s.id, [s.dara.client.me()!.identity]);
    await s.world.quiet(s.all);
    const { keys, headKey } = await rowOf(s.dara, s.id);
    expect([keys.length, headKey.byteLength]).toEqual([0, 0]);
    // What the hub holds of the channel is a log: it can drop nobody from the register, and add nobody.
    const writes = s.hub.store.writes.flatMap((write) => (write.kind === "chunk" ? write.chunk.entries : []));
    const dara = fromBase32(s.dara.client.me()!.identity)!;
    const board = await s.hub.store.chunks(s.log, 0, 1_000_000);
    expect(writes.length).toBeGreaterThan(0);
    for (const entry of board.flatMap(({ entries }) => entries)) {
      const found = entry.some((_, at) => equalBytes(entry.subarray(at, at + dara.byteLength), dara));
      expect(found).toBe(false);
    }
    expect((await s.sara.client.channels.view(s.id)).readers.map(({ name }) => name)).toEqual(["Lale"]);
    await s.dara.client.channels.join(s.link);
    await s.world.quiet(s.all);
    expect((await s.dara.client.channels.view(s.id)).standing).toBe("refused");
    await goesOn(s);
    await s.end();
  });

  it("H-20 H-21 has hundreds ask while nobody who leads is there: each is heard in turn, and who asked last is let in", async () => {
    const s = await boardScene();
    const inbox = await asksAgain(s);
    const link = readChannelLink(s.link, sha256)!;
    const seen = inboxes(s);
    await s.dara.client.channels.leave(s.id);
    await s.world.clock.advance(1_000);
    const [at] = seen.knocks;
    expect(at?.inbox).not.toEqual(inbox);
    for (let one = 0; one < 300; one++) {
      const seed = crypto.random(32);
      const device = await crypto.ed25519.publicKey(seed);
      const row = { identity: crypto.random(20), name: `Nobody ${one}`, home: { station: s.hub.ref } };
      const member = {
        crypto,
        sha256,
        random: crypto.random.bind(crypto),
        profile: { row },
        device: { credential: { device }, signaturePrivateKey: seed },
      };
      const ask = { channel: link.channel, leaves: false, kemKey: crypto.random(1216) };
      await knock(s, at!.inbox, await sealChannelAsk(member as unknown as Member, link.seed, ask));
    }
    await s.dara.client.channels.join(s.link);
    await s.world.clock.advance(5_000);
    // A home that asks for patience is given it.
    let refusals = 3;
    s.leaders.answer = ({ type }) =>
      type === "inbox.append" && refusals-- > 0
        ? { type: "error", code: "station/rate-limited", detail: 700 }
        : undefined;
    await s.sara.start({ carriers: [s.leaders.carrier(s.world.stations.network.carrier())] });
    s.sara.client.connect();
    await until(s, async () => (await s.dara.client.channels.view(s.id)).standing === "in", 120);
    expect((await s.dara.client.channels.view(s.id)).standing).toBe("in");
    expect(refusals).toBeLessThan(0);
    // Who is nobody's at their station is not let in.
    expect((await s.sara.client.channels.view(s.id)).readers.map(({ name }) => name)).toEqual(["Dara", "Lale"]);
    const page = await s.sara.client.channels.readers(s.id, { from: 1, limit: 1 });
    expect([page.count, page.readers.map(({ name }) => name)]).toEqual([2, ["Lale"]]);
    const found = await s.sara.client.channels.readers(s.id, { from: 0, limit: 9, name: " DAR" });
    expect([found.count, found.readers.map(({ name }) => name)]).toEqual([1, ["Dara"]]);
    await expect(s.dara.client.channels.readers(s.id, { from: 0, limit: 9 })).rejects.toMatchObject({
      code: "client/not-your-role",
    });
    await s.end();
  });
});
