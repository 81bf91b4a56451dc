/* What a person's own device tells of their chain, sealed, beside what stations show of it (C-12). */
import { chainPorts, decodeBundle, setHome } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { foldChain } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { loadProfile, putProfile } from "../src/profile/profile-book.ts";
import { Draft } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type Scene, scene } from "./lying-scene.ts";
import type { Person } from "./world.ts";

const crypto = nodeCrypto();
const NEVER = new AbortController().signal;

/** Another op by the key on somebody's device. */
async function moved({ medium }: Person, region: string): Promise<readonly Uint8Array[]> {
  const row = (await loadProfile(new MemoryStore(medium)))!;
  const { rankOneSeed } = decodeBundle(row.bundle);
  const folded = await foldChain(row.ops, chainPorts(crypto), row.identity);
  if (!folded.ok) throw new Error(folded.code);
  const { station } = row.home;
  const made = await setHome(folded.value, { station, region }, { seed: rankOneSeed!, timeMs: 1 }, crypto);
  return [...row.ops, ...made.ops];
}

/** Sara's device has another chain from its next start, and tells it with her name. */
async function tells(s: Scene, ops: readonly Uint8Array[], isAtHome: boolean): Promise<void> {
  await s.sara.stop();
  const store = new MemoryStore(s.sara.medium);
  const draft = new Draft();
  putProfile(draft, { ...(await loadProfile(store))!, ops });
  await draft.commit(store);
  if (isAtHome) {
    const client = await s.world.settle(dialed(s));
    await s.world.settle(client.expect("done", { type: "identity.anchor", ops, at: undefined }));
  }
  await s.sara.start();
  s.sara.client.connect();
  await s.sara.client.setName("Sara again");
  await s.world.quiet([s.sara, s.dara]);
}

async function dialed(s: Scene) {
  const client = await s.world.stations.stranger(s.station);
  await client.greet();
  return client;
}

async function looked(s: Scene): Promise<void> {
  for (let i = 0; i < 60 && (await s.dara.client.alerts()).length === 0; i++) {
    await s.world.clock.advance(20);
    await s.world.settle(s.dara.client.check({ signal: NEVER }));
  }
}

describe("a chain that its owner's device tells", () => {
  it("C-12 is believed at once and leaves a line; a home that knows it too is accused of nothing", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    await tells(s, await moved(s.sara, "DE"), true);
    expect(await s.dara.client.safety(identity)).toMatchObject({ ops: 2, paused: false });
    await looked(s);
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.end();
  });

  it("C-12 R-10 a home that shows fewer ops than were told hides one", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    await tells(s, await moved(s.sara, "DE"), false);
    expect((await s.dara.client.safety(identity)).ops).toBe(2);
    await looked(s);
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "hidden-op", person: identity, conversation: s.id }]);
    expect((await s.dara.client.safety(identity)).ops).toBe(2);
    await s.end();
  });

  it("C-12 R-10 that differs from the one known is a second history: told, and sending waits", async () => {
    const s = await scene();
    const { identity } = s.sara.client.me()!;
    const other = await moved(s.sara, "FR");
    await tells(s, await moved(s.sara, "DE"), true);
    await tells(s, other, false);
    expect((await s.dara.client.safety(identity)).paused).toBe(true);
    await looked(s);
    expect(await s.dara.client.alerts()).toMatchObject([{ code: "chain-forked", person: identity }]);
    expect(await s.dara.client.safety(identity)).toMatchObject({ ops: 2, paused: true });
    await s.dara.client.send(s.id, { text: "waits" });
    await s.world.clock.advance(10_000);
    expect((await s.dara.client.messages(s.id, { limit: 1 }))[0]).toMatchObject({ text: "waits", state: "queued" });
    await s.end();
  });
});
