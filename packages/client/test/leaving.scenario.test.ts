/* People who delete everything, and the old homes of people who moved (protocol/15-moving.md §4). */
import { checkReceiptFile, createEvidencePorts } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import { OVERRIDE_WINDOW_MS } from "@chapar/wire";
import { decodeLeaveOrder } from "@chapar/wire/leaving";
import { describe, expect, it } from "vitest";
import * as leaving from "../src/leaving/leaving.ts";
import * as oldHome from "../src/leaving/old-home.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { TABLES, type Table } from "../src/store/tables.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { kill, scene } from "./moving-scene.ts";
import type { Person } from "./world.ts";

/** Here already: the world's clock would run on while a file is read. */
export const HERE: readonly object[] = [leaving, oldHome];

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, message, signature) => crypto.ed25519.verify(key, message, signature),
);

async function rowsOf({ medium }: Person): Promise<number> {
  const store = new MemoryStore(medium);
  let rows = 0;
  for (const table of Object.keys(TABLES) as Table[]) rows += (await store.range(table, {})).length;
  return rows;
}

const changesOf = async (person: Person, identity: string): Promise<readonly string[]> =>
  (await person.client.safety(identity)).changes.map(({ what }) => what);

/** Somebody who began a conversation with Dara: there is a welcome in the inbox. */
async function beginner(s: Awaited<ReturnType<typeof scene>>): Promise<Person> {
  const nima = await s.world.person("Nima", s.there, {}, "DE");
  nima.client.connect();
  const chat = await nima.client.open(await s.dara.client.invite());
  await nima.client.send(chat, { text: "hi Dara" });
  await s.world.quiet([s.dara, s.sara, nima]);
  return nima;
}

describe("leaving", () => {
  it("M-21 M-27 everything goes at the home and here, contacts are told, and the receipt holds offline", async () => {
    const s = await scene({ logged: true });
    const { identity } = s.dara.client.me()!;
    const nima = await beginner(s);
    const signal = new AbortController().signal;
    const from = { bytes: new Uint8Array(3000).fill(7) };
    const file = { fileName: "secret.txt", mediaType: "text/plain", from };
    await s.world.settle(s.dara.client.media.send(s.id, { text: "", files: [file] }, { signal }));
    await s.world.settle(s.dara.client.devices.backup({ signal }));
    await s.world.quiet([s.dara, s.sara]);
    const view = await s.world.settle(s.dara.client.data.deleteEverything());
    expect(await checkReceiptFile(view.file, ports)).toMatchObject({ ok: true, value: { isInLog: true } });
    const gone = view.rows.filter(({ objects, bytes }) => objects > 0 && bytes > 0).map(({ of }) => of);
    expect(gone).toEqual(["account", "envelope", "blob", "backup"]);
    expect(view.rows.every(({ keptObjects }) => keptObjects === 0)).toBe(true);
    expect(s.dara.client.me()).toBeUndefined();
    expect(await rowsOf(s.dara)).toBe(0);
    await s.world.quiet([s.sara]);
    expect(await changesOf(s.sara, identity)).toContain("left");
    const lines = await s.sara.client.messages(s.id, { limit: 50 });
    expect(lines.filter(({ personChange }) => personChange?.what === "left")).toHaveLength(1);
    await nima.stop();
    // What they said before is still hers to read.
    expect(await s.sara.lines(s.id)).toContain("salam");
    await s.end();
  });

  it("M-27 without the words, with words of somebody else, and without the home nothing is forgotten, and the next try goes on", async () => {
    const s = await scene({ logged: true });
    const words = (await s.dara.client.recoveryWords()).join(" ");
    const others = (await s.sara.client.recoveryWords()).join(" ");
    const before = await loadProfile(new MemoryStore(s.dara.medium));
    const refused = (given: string) =>
      s.world.settle(s.dara.client.data.deleteEverything(given).catch((error) => error.code));
    expect(await refused("abandon ability")).toBe("client/bad-words");
    expect(await refused(others)).toBe("client/bad-words");
    await kill(s, s.old);
    expect(await refused(words)).toBe("client/not-left");
    expect((await loadProfile(new MemoryStore(s.dara.medium)))?.ops).toEqual(before?.ops);
    expect(s.dara.client.me()).toBeDefined();
    const old = await s.world.stations.station("old", { logged: true, store: s.old.store });
    const view = await s.world.settle(s.dara.client.data.deleteEverything(words));
    expect(view.isInLog).toBe(true);
    expect(s.dara.client.me()).toBeUndefined();
    await s.end([old, s.next, s.there]);
  });

  it("M-25 after a move the old home deletes when the move can be taken back no more, and files stay for those who fetch them", async () => {
    const s = await scene({ logged: true });
    const { identity } = s.dara.client.me()!;
    const nima = await beginner(s);
    await nima.stop();
    await s.world.settle(s.dara.client.data.move(s.world.invite(s.next)));
    await s.world.quiet([s.dara, s.sara]);
    await s.world.clock.advance(130_000);
    const waits = await s.dara.client.data.moving();
    expect(waits).toMatchObject({ roomsLeft: 0, isOldHomeTold: true, receipt: undefined });
    expect(waits!.deletesAtMs! - s.world.clock.nowMs()).toBeGreaterThan(OVERRIDE_WINDOW_MS - 600_000);
    for (const person of [s.dara, s.sara]) await person.stop();
    const { store } = s.old;
    for (const station of [s.old, s.next, s.there]) await station.stop();
    await s.world.clock.advance(OVERRIDE_WINDOW_MS);
    const again = [
      await s.world.stations.station("old", { logged: true, store }),
      await s.world.stations.station("next", { logged: true, store: s.next.store }),
    ];
    await s.dara.start();
    s.dara.client.connect();
    await s.world.clock.advance(180_000);
    const done = await s.dara.client.data.moving();
    expect(await checkReceiptFile(done!.receipt!.file, ports)).toMatchObject({ ok: true, value: { isInLog: true } });
    expect(done!.receipt!.rows.find(({ of }) => of === "envelope")?.objects).toBeGreaterThan(0);
    expect(s.dara.client.me()?.identity).toBe(identity);
    await s.dara.stop();
    for (const station of again) await station.stop();
  });

  it("M-20 what was heard of an order does nothing on another link", async () => {
    const s = await scene({ logged: true });
    const heard: Uint8Array[] = [];
    s.liars.dara.answer = (request) => {
      if (request.type === "account.leave") heard.push(request.order.slice());
      return undefined;
    };
    await s.world.settle(s.dara.client.data.deleteEverything());
    expect(heard.length).toBeGreaterThan(0);
    const stranger = await s.world.stations.client(s.old);
    for (const order of heard) {
      expect(decodeLeaveOrder(order).ok).toBe(true);
      expect(await s.world.settle(stranger.refused({ type: "account.leave", order }))).toBe("station/bad-signature");
    }
    await s.end();
  });
});
