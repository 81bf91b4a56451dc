/* Reports to the operator: what they carry, what they prove, and that they leave once (protocol/11-chats.md §3). */
import { chainPorts } from "@chapar/e2e";
import { decodeReport, type MessageReport, weighReport } from "@chapar/e2e/devices";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { idText } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { decodeLetter, decodeMimi, shownParts } from "@chapar/wire/content";
import { describe, expect, it } from "vitest";
import { letterShelf } from "../src/repair/kept-rows.ts";
import { Draft } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { type Person, World } from "./world.ts";

const ports = chainPorts(nodeCrypto());

interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
}

async function scene(): Promise<Scene> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const id = await dara.client.open(await sara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  await world.quiet([sara, dara]);
  await sara.client.send(id, { text: "what I wrote" });
  await world.quiet([sara, dara]);
  await dara.client.send(id, { text: "a threat" });
  await dara.client.send(id, { text: "something private" });
  await world.quiet([sara, dara]);
  return { world, station, sara, dara, id };
}

const named = async (person: Person, id: string, text: string): Promise<string> =>
  (await person.client.messages(id, { limit: 50 })).find((line) => line.text === text)!.id;

function read(bytes: Uint8Array): MessageReport {
  const report = decodeReport(bytes);
  if (!report.ok) throw new Error(report.code);
  return report.value;
}

function textOf({ letter }: MessageReport): readonly string[] | undefined {
  const opened = decodeLetter(letter);
  const content = opened.ok ? decodeMimi(opened.value.content) : undefined;
  return content?.ok === true ? shownParts(content.value.body)?.texts : undefined;
}

describe("a report", () => {
  it("N-20 N-21 carries one message and proves its writer to somebody who was never in the room", async () => {
    const { world, station, sara, dara, id } = await scene();
    const view = await sara.client.chats.report(await named(sara, id, "a threat"));
    expect(view).toMatchObject({ state: "waiting", proves: true });
    await world.quiet([sara]);
    expect(await sara.client.chats.reports()).toMatchObject([{ state: "sent", proves: true }]);
    expect(station.reports).toHaveLength(1);
    const [bytes] = station.reports;
    const report = read(bytes!);
    expect(textOf(report)).toEqual(["a threat"]);
    expect(idText(report.sender)).toBe(dara.client.me()!.identity);
    expect(await weighReport(report, ports)).toBe("proven");
    const said = Buffer.from(bytes!).toString("latin1");
    expect(said).not.toContain("something private");
    expect(said).not.toContain("what I wrote");
    expect(Buffer.from(bytes!).includes(Buffer.from(fromBase32(sara.client.me()!.device)!))).toBe(false);
  });

  it("N-23 waits for a way, survives a restart, leaves once, and is not asked for twice", async () => {
    const { world, station, sara, id } = await scene();
    const message = await named(sara, id, "a threat");
    await sara.stop();
    await sara.start();
    await sara.client.chats.report(message);
    expect(station.reports).toEqual([]);
    await sara.stop();
    await sara.start();
    expect(await sara.client.chats.reports()).toMatchObject([{ message, state: "waiting" }]);
    sara.client.connect();
    await world.quiet([sara]);
    expect(station.reports).toHaveLength(1);
    expect(await sara.client.chats.report(message)).toMatchObject({ state: "sent" });
    await sara.stop();
    await sara.start();
    sara.client.connect();
    await world.quiet([sara]);
    expect(station.reports).toHaveLength(1);
  });

  it("N-21 is a claim when no signature is kept, and cannot be made of one's own message or of none", async () => {
    const { world, station, sara, id } = await scene();
    const message = await named(sara, id, "a threat");
    const own = await named(sara, id, "what I wrote");
    await expect(sara.client.chats.report(own)).rejects.toMatchObject({ code: "client/not-reportable" });
    await expect(sara.client.chats.report("nothing")).rejects.toMatchObject({ code: "client/unknown-message" });
    await sara.stop();
    const store = new MemoryStore(sara.medium);
    const draft = new Draft();
    for (const { key, value } of await letterShelf.range(store, {}))
      letterShelf.put(draft, key, { ...value, signed: undefined });
    await draft.commit(store);
    await sara.start();
    sara.client.connect();
    expect(await sara.client.chats.report(message)).toMatchObject({ proves: false });
    await world.quiet([sara]);
    expect(await weighReport(read(station.reports[0]!), ports)).toBe("claimed");
  });
});
