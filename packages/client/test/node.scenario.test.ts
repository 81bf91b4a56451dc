import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Client, previewInvite } from "../src/index.ts";
import { openClient } from "../src/node/index.ts";
import { writeLetter } from "./example.ts";
import { World } from "./world.ts";

const root = mkdtempSync(join(tmpdir(), "chapar-client-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function pair(): Promise<{ world: World; open: (name: string) => Promise<Client>; invite: string }> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const carriers = [world.stations.network.carrier()];
  // The profile's clock is the machine's but for what waits on the stations' one.
  const open = (name: string): Promise<Client> =>
    openClient({
      profileDir: join(root, name),
      carriers,
      clock: { nowMs: () => Date.now(), sleep: (delayMs, signal) => world.clock.sleep(delayMs, signal) },
    });
  return { world, open, invite: world.invite(station) };
}

const bytesOf = (folder: string): Buffer =>
  Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));

describe("profiles in folders", () => {
  it("the README's example writes a letter and gets its receipt; everything is there after a restart", async () => {
    const example = readFileSync(new URL("example.ts", import.meta.url), "utf8");
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(example.trim());

    // Stations sign with the fake clock's time, which must not be ahead of the profiles'.
    const { world, open, invite } = await pair();
    world.clock.jump(Date.now() - world.clock.nowMs());
    const sara = await open("sara");
    const dara = await open("dara");
    expect(previewInvite(invite)).toMatchObject({ kind: "station", station: { region: "IR" } });
    await sara.join(invite, "Sara Rostami");
    await dara.join(invite, "Dara Karimi");
    dara.connect();
    const text = "meet me at the old bridge";
    const receipt = await world.settle(writeLetter(sara, await dara.invite(), text));
    expect(receipt.station).toBe(sara.me()!.home.key);
    const signal = new AbortController().signal;
    await world.settle(Promise.all([sara.settled({ signal }), dara.settled({ signal })]));
    await world.clock.advance(2_000);
    await world.settle(dara.settled({ signal }));
    expect((await dara.messages(receipt.conversation, { limit: 1 }))[0]).toMatchObject({
      text,
      senderName: "Sara Rostami",
    });
    const words = await sara.recoveryWords();
    expect(words).toHaveLength(24);
    for (const client of [sara, dara]) await world.settle(Promise.resolve(client[Symbol.asyncDispose]()));

    for (const folder of ["sara", "dara"].map((name) => join(root, name))) {
      const raw = bytesOf(folder);
      const ids = [receipt.conversation, receipt.log, receipt.message];
      for (const word of [text, "bridge", "Rostami", "Karimi", "one.example", words.join(" "), ...ids]) {
        expect([folder, word, raw.includes(word)]).toEqual([folder, word, false]);
      }
      for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    }
    const again = await open("sara");
    expect(again.me()).toMatchObject({ name: "Sara Rostami" });
    expect((await again.messages(receipt.conversation, { limit: 5 })).map((line) => line.text)).toEqual([text]);
    await expect(open("sara")).rejects.toMatchObject({ code: "client/profile-in-use" });
    await again[Symbol.asyncDispose]();
  });

  it("calls before joining, wrong invites and names are refused with their codes", async () => {
    const { open, invite } = await pair();
    const client = await open("nobody");
    expect(client.me()).toBeUndefined();
    expect(client.route().state).toBe("idle");
    await expect(client.conversations()).rejects.toMatchObject({ code: "client/not-joined" });
    expect(() => client.preview("hello")).toThrow(expect.objectContaining({ code: "client/bad-invite" }));
    await expect(client.join("hello", "Nobody")).rejects.toMatchObject({ code: "client/bad-invite" });
    await expect(client.join(invite, "\u202e")).rejects.toMatchObject({ code: "client/bad-name" });
    await client.join(invite, "Somebody");
    await expect(client.join(invite, "Somebody")).rejects.toMatchObject({ code: "client/already-joined" });
    await expect(client.open(invite)).rejects.toMatchObject({ code: "client/bad-invite" });
    await expect(client.open(await client.invite())).rejects.toMatchObject({ code: "client/own-invite" });
    await expect(client.send("nowhere", { text: "x" })).rejects.toMatchObject({ code: "client/unknown-conversation" });
    await expect(client.messages("nowhere", { limit: 1 })).rejects.toMatchObject({
      code: "client/unknown-conversation",
    });
    expect(await client.conversation("nowhere")).toBeUndefined();
    const signal = AbortSignal.abort(new Error("no time"));
    await expect(client.settled({ signal })).rejects.toThrow("no time");
    await expect(client.receipt("AAAA", { signal })).rejects.toMatchObject({ code: "client/unknown-message" });
    await client[Symbol.asyncDispose]();
    await expect(client.invite()).rejects.toMatchObject({ code: "client/closed" });
  });

  it("empty and oversize messages are refused before anything is stored", async () => {
    const { open, invite } = await pair();
    const [sara, dara] = [await open("s2"), await open("d2")];
    await sara.join(invite, "Sara");
    await dara.join(invite, "Dara");
    const id = await sara.open(await dara.invite());
    await expect(sara.send(id, { text: "" })).rejects.toMatchObject({ code: "client/empty" });
    await expect(sara.send(id, { text: "é".repeat(9000) })).rejects.toMatchObject({ code: "client/too-large" });
    await sara.send(id, { text: "é".repeat(8192) });
    expect(await sara.messages(id, { limit: 10 })).toHaveLength(1);
    for (const client of [sara, dara]) await client[Symbol.asyncDispose]();
  });

  it("pages backwards through placed and queued lines without gap or repetition", async () => {
    const { open, invite } = await pair();
    const [sara, dara] = [await open("s3"), await open("d3")];
    await sara.join(invite, "Sara");
    await dara.join(invite, "Dara");
    const id = await sara.open(await dara.invite());
    for (let i = 0; i < 25; i++) {
      await sara.send(id, { text: `${i}` });
      // Profile messages wait in the same outbox and must not show.
      if (i % 7 === 0) await sara.setName(`Sara ${i}`);
    }
    const seen: string[] = [];
    for (let before: number | undefined; ;) {
      const page = await sara.messages(id, before === undefined ? { limit: 4 } : { limit: 4, before });
      if (page.length === 0) break;
      expect(page.map(({ position }) => position)).toEqual(page.map(({ text }) => Number(text)));
      seen.unshift(...page.map(({ text }) => text));
      before = page[0]!.position;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `${i}`));
    for (const client of [sara, dara]) await client[Symbol.asyncDispose]();
  });
});
