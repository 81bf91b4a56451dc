/* What is published in a channel, as readers have it (protocol/20-channels.md §9). */
import { describe, expect, it } from "vitest";
import { boardScene } from "./board-lying-scene.ts";
import { said } from "./group-scene.ts";
import type { Person } from "./world.ts";

describe("a channel's posts", () => {
  it("H-22 is mute for whoever joins it, until they decide otherwise, also when they leave and come again", async () => {
    const s = await boardScene();
    const { world, all, id, link, sara, dara } = s;
    const muted = async (person: Person): Promise<boolean> =>
      (await person.client.chats.list()).find((one) => one.id === id)?.mutedUntilMs !== undefined;
    expect([await muted(sara), await muted(dara)]).toEqual([false, true]);
    await dara.client.chats.mute(id, "off");
    await dara.client.channels.leave(id);
    await world.quiet(all);
    await dara.client.channels.join(link);
    await world.quiet(all);
    expect(await muted(dara)).toBe(false);
    await s.end();
  });

  it("H-23 readers see posts edited, deleted, pinned and answered where they belong, one at its time, and can say nothing to any of it", async () => {
    const s = await boardScene();
    const { world, all, id, sara, dara, lale } = s;
    const first = await sara.client.send(id, { text: "the pass is opne" });
    const wrong = await sara.client.send(id, { text: "snow in July" });
    await world.quiet(all);
    await sara.client.talk.edit(first.id, { text: "the pass is open" });
    await sara.client.talk.erase(wrong.id, "all");
    await sara.client.talk.pin(first.id, true);
    await sara.client.send(id, { text: "since seven", replyTo: first.id });
    await sara.client.chats.schedule(id, { text: "the evening news" }, world.clock.nowMs() + 60_000);
    await world.quiet(all);
    expect(await said(lale, id)).not.toContain("Sara: the evening news");
    await world.clock.advance(70_000);
    await world.quiet(all);
    for (const person of [dara, lale]) {
      const lines = await person.client.messages(id, { limit: 9 });
      expect(lines.map(({ text, deleted }) => (deleted === undefined ? text : "gone"))).toEqual([
        "before",
        "the pass is open",
        "gone",
        "since seven",
        "the evening news",
      ]);
      expect(lines[1]).toMatchObject({ edited: { versions: 1 } });
      expect(lines[3]?.replyTo?.text).toBe("the pass is open");
      expect((await person.client.talk.pins(id)).map(({ text }) => text)).toEqual(["the pass is open"]);
      const [, post] = lines;
      const refused = { code: "client/closed-conversation" };
      await expect(person.client.talk.react(post!.id, "👍", true)).rejects.toMatchObject(refused);
      await expect(person.client.send(id, { text: "and I say", replyTo: post!.id })).rejects.toMatchObject(refused);
    }
    await s.end();
  });
});
