import { inviteLink } from "@chapar/e2e";
import { webCrypto } from "@chapar/e2e/web";
import { stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { openClient } from "./index.ts";

const mlsWorker = (): Worker => new Worker(new URL("mls-worker.ts", import.meta.url), { type: "module" });

function stationInvite(): string {
  const station = { key: stationKey(new Uint8Array(32).fill(4)), urls: ["https://station.example"] };
  const invite = {
    home: { station, region: "IR" },
    stationName: "s",
    token: new Uint8Array(0),
    person: undefined,
    routes: [],
  };
  return inviteLink(invite, (bytes) => webCrypto().sha256(bytes));
}

describe("a profile in the browser", () => {
  it("F-1 joins, opens a conversation and queues offline; all of it is there after reopening", async () => {
    const [sara, dara] = [`sara-${performance.timeOrigin}`, `dara-${performance.timeOrigin}`];
    const other = await openClient({ name: dara, carriers: [], mlsWorker });
    await other.join(stationInvite(), "دارا");
    const client = await openClient({ name: sara, carriers: [], mlsWorker });
    await client.join(stationInvite(), "سارا");
    const id = await client.open(await other.invite());
    await client.send(id, { text: "سلام" });
    await client[Symbol.asyncDispose]();
    const again = await openClient({ name: sara, carriers: [], mlsWorker });
    expect(again.me()?.name).toBe("سارا");
    expect((await again.messages(id, { limit: 5 })).map(({ text, state }) => [text, state])).toEqual([
      ["سلام", "queued"],
    ]);
    expect((await again.conversations())[0]).toMatchObject({ id, state: "opening", people: [{ name: "دارا" }] });
    await expect(openClient({ name: sara, mlsWorker })).rejects.toMatchObject({ code: "client/profile-in-use" });
    for (const one of [again, other]) await one[Symbol.asyncDispose]();
  });

  it("G-82 its worker ends with it", async () => {
    const ofWorkers = async (): Promise<number> => {
      const { held } = await navigator.locks.query();
      return (held ?? []).filter(({ name }) => name?.startsWith("chapar mls ")).length;
    };
    const client = await openClient({ name: `mina-${performance.timeOrigin}`, carriers: [], mlsWorker });
    await client.join(stationInvite(), "مینا");
    const before = await ofWorkers();
    await client.groups.create("باغ", []);
    expect(await ofWorkers()).toBe(before + 1);
    await client[Symbol.asyncDispose]();
    await expect.poll(ofWorkers).toBe(before);
  });
});
