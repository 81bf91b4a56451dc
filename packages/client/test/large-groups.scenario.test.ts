/* Groups of suite 0x0001: the client holds conversations of both suites at once, and nobody brings anybody in by keys of another. */
import { chainPorts, SUITE_NUMBERS, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { encodeEntry, foldChain, identityId, type IdentityState, idText, inboxGenesis } from "@chapar/wire";
import { fromBase32, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { fillContacts, MemoryStore } from "../src/testing/index.ts";
import { entriesOf, friends, homesOf, idOf, roles, said, told } from "./group-scene.ts";
import { Liar } from "./liar.ts";
import { type Person, World } from "./world.ts";

const TERMS = { expiresMs: 0, limit: 0, approval: false };

describe("a large group", () => {
  it("F-110 G-65 is of suite 0x0001 from its beginning, beside conversations of the other, over restarts", async () => {
    const world = new World({ latencyMs: 20 });
    const all = (await friends(world, ["Sara", "Dara", "Omid", "Lale"], 2)) as [Person, Person, Person, Person];
    const [sara, dara, omid, lale] = all;
    const small = await sara.client.groups.create("Walks", [idOf(dara)]);
    const large = await sara.client.groups.create("Mountaineers", [idOf(dara), idOf(omid)], { large: true });
    await world.quiet(all);
    expect((await dara.client.groups.view(small)).large).toBe(false);
    expect((await dara.client.groups.view(large)).large).toBe(true);
    for (const person of [dara, sara]) {
      await person.stop();
      await person.start();
      person.client.connect();
    }
    await world.quiet(all);
    await dara.client.send(large, { text: "to the mountaineers" });
    await dara.client.send(small, { text: "to the walkers" });
    await world.quiet(all);
    // Somebody who comes by a link, and somebody who goes.
    const link = await sara.client.groups.makeLink(large, TERMS);
    await world.quiet(all);
    await lale.client.groups.ask(link);
    await world.quiet(all);
    await sara.client.groups.remove(large, idOf(omid));
    await world.quiet(all);
    await lale.client.send(large, { text: "and me" });
    await world.quiet(all);
    expect(await said(sara, large)).toEqual(["Dara: to the mountaineers", "Lale: and me"]);
    expect(await said(sara, small)).toEqual(["Dara: to the walkers"]);
    expect(await roles(lale, large)).toEqual({ Sara: "owner", Dara: "member", Lale: "member" });
    expect((await told(omid, large)).at(-1)).toBe("Sara removed Omid");
    for (const person of all) await person.stop();
  });

  it("G-65 homes are stocked with few packages of the second suite, after those of the first", async () => {
    const world = new World({ latencyMs: 20 });
    const station = await world.stations.station("one");
    const puts: (readonly [number, number])[] = [];
    const watched = new Liar();
    watched.answer = (request) => {
      if (request.type === "keys.put") puts.push([request.suite, request.packages.length]);
      return undefined;
    };
    const sara = await world.person("Sara", station, { carriers: [watched.carrier(world.stations.network.carrier())] });
    sara.client.connect();
    await world.quiet([sara]);
    await world.clock.advance(60_000);
    await world.quiet([sara]);
    const { "x-wing": hybrid, x25519 } = SUITE_NUMBERS;
    expect(puts[0]).toEqual([hybrid, 2]);
    const suites = puts.map(([suite]) => suite);
    expect(suites.lastIndexOf(hybrid)).toBeLessThan(suites.indexOf(x25519));
    const sum = (of: number): number => puts.reduce((all, [suite, count]) => all + (suite === of ? count : 0), 0);
    expect([sum(hybrid), sum(x25519)]).toEqual([40, 10]);
    await sara.stop();
  });

  it.each(["x25519", "x-wing"] as const)(
    "G-65 a station that hands out keys of another suite than %s brings nobody in, and is taken at its word again later",
    async (wanted) => {
      const world = new World({ latencyMs: 20 });
      const liar = new Liar();
      const line = { carriers: [liar.carrier(world.stations.network.carrier())] };
      const all = (await friends(world, ["Sara", "Dara", "Omid"], 1, { Sara: line })) as [Person, Person, Person];
      const [sara, dara, omid] = all;
      const id = await sara.client.groups.create("Walks", [idOf(dara)], { large: wanted === "x25519" });
      await world.quiet(all);
      const other = wanted === "x25519" ? SUITE_NUMBERS["x-wing"] : SUITE_NUMBERS.x25519;
      // What another asked for: the station hands out a package that is Omid's, and good, and of the other suite.
      const probe = await world.stations.settle(world.stations.client(homesOf(world)[0]!));
      const asked = {
        type: "keys.take",
        identity: identityId(fromBase32(idOf(omid))!),
        suite: other,
        at: undefined,
      } as const;
      const taken = await world.stations.settle(probe.expect("keys.taken", asked));
      liar.lie = (frame, request) => {
        if (request?.type !== "keys.take" || frame.kind !== "response" || frame.body.type !== "keys.taken")
          return [frame];
        return [{ ...frame, body: { ...frame.body, devices: taken.devices } }];
      };
      await sara.client.groups.add(id, [idOf(omid)]);
      await world.clock.advance(30_000);
      expect(await omid.client.conversations()).toHaveLength(1);
      expect(sara.failures.map(String).some((text) => text.includes("client/wrong-key-package"))).toBe(true);
      liar.repent();
      await world.clock.advance(200_000);
      await world.quiet(all);
      expect(await roles(omid, id)).toEqual({ Sara: "owner", Dara: "member", Omid: "member" });
      for (const person of all) await person.stop();
    },
  );

  it("F-111 who cannot be told that they are in keeps nobody waiting who wants something else, and is told later", async () => {
    const world = new World({ latencyMs: 20 });
    const liar = new Liar();
    const line = { carriers: [liar.carrier(world.stations.network.carrier())] };
    const all = (await friends(world, ["Sara", "Dara", "Omid"], 1, { Sara: line })) as [Person, Person, Person];
    const [sara, dara, omid] = all;
    const id = await sara.client.groups.create("Walks", [idOf(dara)], { large: true });
    await world.quiet(all);
    const refused: number[] = [];
    liar.answer = (request) => {
      if (request.type !== "inbox.append") return undefined;
      refused.push(world.clock.nowMs());
      return { type: "error", code: "station/rate-limited", detail: 1000 };
    };
    await sara.client.groups.add(id, [idOf(omid)]);
    while (refused.length === 0) await world.clock.advance(100);
    await sara.client.groups.rename(id, "Long walks");
    const title = async (): Promise<string | undefined> => (await dara.client.conversation(id))?.title;
    for (let i = 0; i < 60 && (await title()) !== "Long walks"; i++) await world.clock.advance(1000);
    expect(await title()).toBe("Long walks");
    expect(await omid.client.conversation(id)).toBeUndefined();
    liar.repent();
    await world.clock.advance(200_000);
    await world.quiet(all);
    expect((await omid.client.conversation(id))?.title).toBe("Long walks");
    for (const person of all) await person.stop();
  });

  it("F-111 whom the home lets nobody take yet are waited for and come by one commit, but for one whom it never lets", async () => {
    const world = new World();
    const liar = new Liar();
    const line = { carriers: [liar.carrier(world.stations.network.carrier())] };
    const [sara, dara] = (await friends(world, ["Sara", "Dara"], 1, { Sara: line })) as [Person, Person];
    await sara.stop();
    const others = await accounts(world, 6);
    await fillContacts(new MemoryStore(sara.medium), others);
    await sara.start(line);
    sara.client.connect();
    const ids = [...others.map(({ state }) => idText(state.identity)), idOf(dara)];
    let asked = 0;
    liar.answer = (request) => {
      if (request.type !== "keys.take") return undefined;
      asked += 1;
      const isNever = idText(request.identity) === ids[1];
      return isNever || asked % 3 === 0 ? { type: "error", code: "station/rate-limited", detail: 200 } : undefined;
    };
    const id = await sara.client.groups.create("Many", ids, { large: true });
    const added = async (): Promise<readonly number[]> => {
      const lines = (await sara.client.messages(id, { limit: 20 })).flatMap(({ group }) => group ?? []);
      return lines.filter(({ what }) => what === "added").map(({ people }) => people.length);
    };
    for (let i = 0; i < 300 && (await added()).length === 0; i++) await world.clock.advance(1000);
    expect(await added()).toEqual([6]);
    liar.repent();
    await world.clock.advance(100_000);
    await world.quiet([sara, dara]);
    expect(await added()).toEqual([6, 1]);
    expect((await dara.client.groups.view(id)).people).toHaveLength(8);
    for (const person of [sara, dara]) await person.stop();
  });

  it("F-112 in a group of many a device tells nothing by itself, and its person's name with their first letter", async () => {
    const world = new World();
    const [sara, dara] = (await friends(world, ["Sara", "Dara"], 1)) as [Person, Person];
    await sara.stop();
    const others = await accounts(world, 33);
    await fillContacts(new MemoryStore(sara.medium), others);
    await sara.start();
    sara.client.connect();
    for (const { client } of [sara, dara]) await client.talk.setTelling({ delivered: true, read: true });
    const ids = [idOf(dara), ...others.map(({ state }) => idText(state.identity))];
    const id = await sara.client.groups.create("Many", ids, { large: true });
    await world.quiet([sara, dara]);
    expect((await dara.client.groups.view(id)).people).toHaveLength(35);
    await sara.client.send(id, { text: "is everybody here?" });
    await world.quiet([sara, dara]);
    const before = (await entriesOf(sara, id)).length;
    await sara.client.send(id, { text: "to all of you" });
    await world.quiet([sara, dara]);
    const [newest] = await dara.client.messages(id, { limit: 1 });
    await dara.client.markRead(id, newest?.position ?? 0);
    await world.clock.advance(60_000);
    await world.quiet([sara, dara]);
    expect((await entriesOf(sara, id)).length - before).toBe(1);
    await dara.client.send(id, { text: "I am here" });
    await world.quiet([sara, dara]);
    // The renewal of a leaf that writes for the first time (F-67), the name, and the letter.
    expect((await entriesOf(sara, id)).length - before).toBe(4);
    expect(await said(sara, id)).toEqual(["Sara: is everybody here?", "Sara: to all of you", "Dara: I am here"]);
    for (const person of [sara, dara]) await person.stop();
  });
});

/** People with an account, an inbox and a key package for large groups at the only station, and no engine. */
async function accounts(
  world: World,
  count: number,
): Promise<readonly { readonly name: string; readonly state: IdentityState }[]> {
  const crypto = nodeCrypto();
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
  const [station] = homesOf(world);
  if (station === undefined) throw new Error("no station");
  const people: { name: string; state: IdentityState }[] = [];
  for (let at = 0; at < count; at++) {
    const name = `Person ${at}`;
    const { client, person } = await world.stations.resident(station, name);
    const chain = await foldChain(person.ops, chainPorts(crypto), person.identity);
    if (!chain.ok) throw new Error(chain.code);
    const [device] = chain.value.devices;
    if (device === undefined) throw new Error("no device");
    const genesis = encodeEntry(inboxGenesis(device, (bytes) => crypto.sha256(bytes)));
    await world.settle(client.expect("log.state", { type: "log.create", genesis }));
    const credential = { identity: person.identity, device: device.device };
    const keys = await mls.keyPackage(
      { credential, signaturePrivateKey: crypto.sha256(utf8(`key ${name} phone`)) },
      "x25519",
    );
    const put = { type: "keys.put", suite: SUITE_NUMBERS.x25519, packages: [keys.publicBytes] } as const;
    await world.settle(client.expect("keys.count", put));
    people.push({ name, state: chain.value });
  }
  return people;
}
