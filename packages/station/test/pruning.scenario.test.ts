/* What goes because everybody acknowledged it or because it is old, and that nobody can accuse a station of it: E-12, E-13. */
import { accuseManifest, BODY_TTL_MS } from "@chapar/evidence";
import { describe, expect, it } from "vitest";
import { DEFAULT_TIME_TO_LIVE_MS } from "../src/limits.ts";
import { keyOf, knock, type TestKey } from "../src/testing/index.ts";
import { MINUTE_MS, ports, ReaderScene } from "./reader-scene.ts";

describe("bodies that nobody needs any more", () => {
  it("E-12 are pruned below the least that all readers acknowledged or never asked for, and no further", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2", "3", "4", "5");
    const [one, two, three] = [keyOf("reader 1"), keyOf("reader 2"), keyOf("reader 3")];
    await scene.tend();
    expect(await scene.statuses()).toBe("......");
    await scene.word(one, 1);
    await scene.word(two, 0);
    await scene.word(three, 4);
    await scene.ack(one, 5);
    await scene.tend();
    expect(await scene.statuses()).toBe("......");
    await scene.ack(two, 3);
    await scene.tend();
    expect(await scene.statuses()).toBe(".pp...");
    await scene.ack(two, 6);
    await scene.tend();
    expect(await scene.statuses()).toBe(".ppp..");
    await scene.ack(three, 6);
    await scene.ack(one, 6);
    await scene.tend();
    expect(await scene.statuses()).toBe(".ppppp");
    // The log goes on, and a link that follows is told.
    await scene.write("6");
    await scene.alice.expect("done", { type: "log.follow", log: scene.log, from: 0 });
    await scene.alice.until(() => scene.alice.pushes.length === 2);
    expect(scene.alice.gaps.map(({ first, count }) => [first, count])).toEqual([[1, 5]]);
  });

  it("E-12 a log that was acknowledged before a restart is found by the walk through all logs", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1", "2");
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    await scene.ack(key, 2);
    await scene.hub.stop();
    scene.hub = await scene.world.station("hub", { store: scene.hub.store });
    await scene.tend();
    scene.alice = await scene.world.client(scene.hub);
    await scene.alice.openRoom(scene.room, scene.log);
    expect(await scene.statuses()).toBe(".p.");
  });

  it("E-12 commits and the genesis stay, so the log's id can be checked and its keys are known", async () => {
    const scene = await ReaderScene.open();
    await scene.write("1");
    await scene.alice.expect("receipt", { type: "log.append", log: scene.log, entry: scene.room.commit() });
    scene.room.advance();
    await scene.alice.openRoom(scene.room, scene.log);
    await scene.write("3", "4");
    const key = keyOf("reader 1");
    await scene.word(key, 0);
    await scene.ack(key, 5);
    await scene.tend();
    expect(await scene.statuses()).toBe(".p.pp");
  });

  it("E-13 expire when they are older than the time to live, not a moment before, and inboxes too", async () => {
    const scene = await ReaderScene.open();
    const inbox = scene.person.inboxAt(scene.hub.ref);
    await scene.alice.expect("log.state", { type: "log.create", genesis: scene.person.inbox() });
    const entry = knock("hello");
    await scene.alice.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry });
    await scene.write("1", "2");
    const writtenMs = scene.world.clock.nowMs();
    await scene.later(1000);
    await scene.write("3");
    await scene.later(DEFAULT_TIME_TO_LIVE_MS - 1000 - 2 * MINUTE_MS);
    expect(scene.world.clock.nowMs()).toBe(writtenMs + DEFAULT_TIME_TO_LIVE_MS);
    expect(await scene.statuses()).toBe("....");
    await scene.tend();
    expect(await scene.statuses()).toBe(".ee.");
    expect((await scene.hub.store.holes(inbox, 0, 9)).map((hole) => [hole.first, hole.count, hole.status])).toEqual([
      [1, 1, "expired"],
    ]);
    await scene.tend();
    await scene.tend();
    expect(await scene.statuses()).toBe(".eee");
  });

  it("E-13 stay longer where the operator says so, and never shorter", async () => {
    const year = 365 * 24 * 3_600_000;
    const scene = await ReaderScene.open({ timeToLiveMs: year });
    await scene.write("1", "2");
    await scene.later(DEFAULT_TIME_TO_LIVE_MS + MINUTE_MS);
    expect(await scene.statuses()).toBe("...");
    await scene.later(year);
    expect(await scene.statuses()).toBe(".ee");
    await expect(scene.world.station("short", { timeToLiveMs: DEFAULT_TIME_TO_LIVE_MS - 1 })).rejects.toMatchObject({
      code: "station/bad-config",
    });
    expect(BODY_TTL_MS).toBe(DEFAULT_TIME_TO_LIVE_MS);
  });

  it("E-12 E-13 what an honest station prunes and lets expire accuses it of nothing, whichever words and manifests are put together", async () => {
    const scene = await ReaderScene.open();
    const keys = [keyOf("reader 1"), keyOf("reader 2"), keyOf("reader 3")];
    const words: Uint8Array[] = [];
    const manifests: Uint8Array[] = [];
    const look = async (): Promise<void> => {
      for (const key of keys) {
        const ask = { type: "log.manifest", log: scene.log, reader: key.publicKey, first: 0, count: 256 } as const;
        manifests.push((await scene.alice.expect("log.manifest", ask)).manifest);
      }
    };
    const take = async (key: TestKey, from: number): Promise<void> => {
      const answer = await scene.register(key, from);
      if (answer.type === "log.reader") words.push(answer.word);
      await look();
    };
    await scene.write("1", "2", "3", "4");
    await take(keys[0]!, 1);
    for (const upTo of [2, 3, 5]) {
      await scene.ack(keys[0]!, upTo);
      await scene.tend();
      await look();
      await take(keys[1]!, 0);
      await take(keys[0]!, 0);
    }
    await scene.ack(keys[1]!, 5);
    await scene.write("5", "6");
    await scene.tend();
    await take(keys[2]!, 3);
    await scene.later(DEFAULT_TIME_TO_LIVE_MS + MINUTE_MS);
    await take(keys[2]!, 0);
    expect(await scene.statuses()).toBe(".ppppee");
    let tried = 0;
    for (const manifest of manifests) {
      for (let item = 0; item < 7; item++) {
        for (const word of words) {
          const fault = { reason: "pruned-early", word } as const;
          expect((await accuseManifest({ manifest, item, fault }, scene.hub.ref.key, ports)).ok).toBe(false);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });
});
