/* A station that was restored from an older copy and says so in its log first (E-3): nobody is accused, nothing is lost, and chats go on. */
import { restoredStore, type TestStation } from "@chapar/station/testing";
import { describe, expect, it } from "vitest";
import * as desk from "../src/channels/desk.ts";
import * as restoredBoard from "../src/channels/restored-board.ts";
import * as work from "../src/channels/work.ts";
import { Liar } from "./liar.ts";
import { type Person, World } from "./world.ts";

// Their code is here already: the clock of a world would run on while a file is read.
expect([desk, restoredBoard, work].length).toBeGreaterThan(0);

/** A station, a copy of it, and what is put back. */
class Restored {
  readonly world = new World({ latencyMs: 5 });
  readonly people: Person[] = [];
  #copied = 0;

  station!: TestStation;

  static async begin(): Promise<Restored> {
    const made = new Restored();
    made.station = await made.world.stations.station("one", { logged: true });
    return made;
  }

  async person(name: string, ...between: Parameters<World["person"]>[2][]): Promise<Person> {
    const person = await this.world.person(name, this.station, ...between);
    this.people.push(person);
    person.client.connect();
    return person;
  }

  copy(): void {
    this.#copied = this.station.store.writes.length;
  }

  /** The station ends, and the copy is put back with the incident in its log. */
  async putBack(): Promise<void> {
    const { writes } = this.station.store;
    await this.station.stop();
    this.world.stations.network.cut();
    await this.world.clock.advance(1_000);
    const store = await restoredStore(writes.slice(0, this.#copied), this.world.clock.nowMs());
    this.station = await this.world.stations.station("one", { logged: true, store });
  }

  async until(done: () => Promise<boolean>, seconds = 240): Promise<void> {
    for (let i = 0; i < seconds && !(await done()); i++) await this.world.clock.advance(1_000);
  }

  async end(): Promise<void> {
    for (const person of this.people) await person.stop();
    await this.station.stop();
  }
}

async function back(person: Person): Promise<void> {
  await person.start();
  person.client.connect();
}

const isOpen = async ({ client }: Person, id: string): Promise<boolean> => {
  const view = await client.conversation(id);
  return view?.state === "open" && view.fault === undefined;
};

/** Every code that a person was ever told of. */
function told({ client }: Person): Set<string> {
  const codes = new Set<string>();
  client.subscribe(({ type }) => {
    if (type === "alerts") void client.alerts().then((all) => all.forEach(({ code }) => codes.add(code)));
  });
  return codes;
}

async function direct() {
  const s = await Restored.begin();
  const [sara, dara] = [await s.person("Sara"), await s.person("Dara")];
  const id = await sara.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "in the copy" });
  await s.world.quiet([sara, dara]);
  await s.world.clock.advance(70_000);
  s.copy();
  return { s, sara, dara, id };
}

describe("a restored station", () => {
  it.each([
    ["both have read what is lost", false],
    ["the other has not read it", true],
  ])("O-30 O-31 R-22 gets what it lost from people's devices, once, and chats are read on: %s", async (_, isAway) => {
    const { s, sara, dara, id } = await direct();
    if (isAway) await dara.stop();
    await sara.client.send(id, { text: "after the copy" });
    await s.world.quiet(isAway ? [sara] : [sara, dara]);
    await s.putBack();
    const codes = told(sara);
    await sara.client.send(id, { text: "after the loss" });
    if (isAway) await back(dara);
    const all = ["after the copy", "after the loss", "in the copy"];
    const isDone = async (): Promise<boolean> =>
      (await dara.lines(id)).length === all.length && (await isOpen(sara, id)) && (await isOpen(dara, id));
    await s.until(isDone);
    await s.world.clock.advance(120_000);
    for (const person of [sara, dara]) {
      expect((await person.lines(id)).toSorted()).toEqual(all);
      expect(await person.client.conversation(id)).toMatchObject({ state: "open", fault: undefined });
      for (const { code, proof } of await person.client.alerts())
        expect([code, proof]).toEqual(["restored", undefined]);
    }
    expect([...codes]).toEqual(["restored"]);
    // The log holds all of it again, also for a device that begins to read it now, and both write as before.
    await dara.client.send(id, { text: "and on" });
    await sara.client.send(id, { text: "as before" });
    await s.world.quiet([sara, dara]);
    for (const person of [sara, dara]) {
      expect((await person.lines(id)).toSorted()).toEqual([...all, "and on", "as before"].toSorted());
      expect((await person.client.messages(id, { limit: 9 })).every(({ gap }) => gap === undefined)).toBe(true);
    }
    await s.end();
  });

  it("O-30 gets the last letter of a group again, of which nobody else knows", async () => {
    const s = await Restored.begin();
    const [sara, dara, nima] = [await s.person("Sara"), await s.person("Dara"), await s.person("Nima")];
    const people = [sara, dara, nima];
    const contact = async (other: Person): Promise<string> => {
      await sara.client.open(await other.client.invite());
      await s.world.quiet(people);
      return other.client.me()!.identity;
    };
    const who = [await contact(dara), await contact(nima)];
    const id = await sara.client.groups.create("Family", who);
    await sara.client.send(id, { text: "in the copy" });
    await s.world.quiet(people);
    await s.world.clock.advance(70_000);
    s.copy();
    for (const person of [dara, nima]) await person.stop();
    await sara.client.send(id, { text: "lost" });
    await s.world.quiet([sara]);
    await s.putBack();
    await s.until(async () => (await sara.client.alerts()).some(({ conversation }) => conversation === id));
    for (const person of [dara, nima]) await back(person);
    await s.until(async () => (await nima.lines(id)).includes("lost") && (await dara.lines(id)).includes("lost"));
    await s.world.quiet(people);
    for (const person of people) {
      expect((await person.lines(id)).filter((line) => line === "lost")).toEqual(["lost"]);
      expect(await isOpen(person, id)).toBe(true);
    }
    await s.end();
  });

  it("O-31 R-6 is asked again what it was through when it answers that it cannot say now, and accused of nothing", async () => {
    const s = await Restored.begin();
    const liar = new Liar();
    const sara = await s.person("Sara", { carriers: [liar.carrier(s.world.stations.network.carrier())] });
    const dara = await s.person("Dara");
    const id = await sara.client.open(await dara.client.invite());
    await sara.client.send(id, { text: "in the copy" });
    await s.world.quiet([sara, dara]);
    await s.world.clock.advance(70_000);
    s.copy();
    await sara.client.send(id, { text: "after the copy" });
    await s.world.quiet([sara, dara]);
    let refusals = 0;
    liar.answer = ({ type }) =>
      type === "ledger.incidents" && refusals++ < 6
        ? { type: "error", code: "station/rate-limited", detail: 1 }
        : undefined;
    await s.putBack();
    const codes = told(sara);
    const about = async (): Promise<readonly string[]> =>
      (await sara.client.alerts()).filter(({ conversation }) => conversation === id).map(({ code }) => code);
    await s.until(async () => (await about()).length > 0, 500);
    expect(await about()).toEqual(["restored"]);
    expect(refusals).toBeGreaterThan(6);
    expect([...codes]).toEqual(["restored"]);
    await s.end();
  });

  it.each([
    ["both have read what is lost", false],
    ["a reader has not read it", true],
  ])("H-26 gets what it lost of a channel from its writer, once, and the channel is read on: %s", async (_, isAway) => {
    const s = await Restored.begin();
    const [sara, dara, lale] = [await s.person("Sara"), await s.person("Dara"), await s.person("Lale")];
    const all = [sara, dara, lale];
    const id = await sara.client.channels.create({ name: "News" });
    await s.world.quiet(all);
    const link = await sara.client.channels.makeLink(id, { expiresMs: 0, limit: 0, approval: false });
    for (const person of [dara, lale]) await person.client.channels.join(link);
    await s.world.quiet(all);
    await sara.client.send(id, { text: "in the copy" });
    await s.world.quiet(all);
    await s.world.clock.advance(70_000);
    s.copy();
    if (isAway) await dara.stop();
    await sara.client.send(id, { text: "after the copy" });
    await s.world.quiet(isAway ? [sara, lale] : all);
    await s.putBack();
    const codes = told(lale);
    await sara.client.send(id, { text: "after the loss" });
    if (isAway) await back(dara);
    const texts = ["after the copy", "after the loss", "in the copy"];
    const faultOf = async ({ client }: Person): Promise<string | undefined> => (await client.conversation(id))?.fault;
    await s.until(async () => {
      const lines = await Promise.all(all.map(async (person) => (await person.lines(id)).length));
      const faults = await Promise.all(all.map(faultOf));
      return lines.every((count) => count >= texts.length) && faults.every((fault) => fault === undefined);
    });
    await s.world.clock.advance(120_000);
    for (const person of all) {
      // Who had not read it reads it behind what its writer wrote meanwhile, and is told so.
      const lines = (await person.lines(id)).filter(
        (line) => !(isAway && person === dara && line === "[client/came-late]"),
      );
      expect(lines.toSorted()).toEqual(texts);
      expect(await faultOf(person)).toBeUndefined();
      for (const { code, proof } of await person.client.alerts())
        expect([code, proof]).toEqual(["restored", undefined]);
    }
    expect([...codes]).toEqual(["restored"]);
    await sara.client.send(id, { text: "as before" });
    await s.world.quiet(all);
    for (const person of all) expect((await person.lines(id)).at(-1)).toBe("as before");
    await s.end();
  });

  it("H-26 gets back a period that it lost from the leader, also with somebody who went in it: the channel goes on for whoever is in it and for who was away", async () => {
    const s = await Restored.begin();
    const [sara, dara, lale, nima] = [
      await s.person("Sara"),
      await s.person("Dara"),
      await s.person("Lale"),
      await s.person("Nima"),
    ];
    const all = [sara, dara, lale, nima];
    const id = await sara.client.channels.create({ name: "News" });
    await s.world.quiet(all);
    const link = await sara.client.channels.makeLink(id, { expiresMs: 0, limit: 0, approval: false });
    for (const person of [dara, lale, nima]) await person.client.channels.join(link);
    await s.world.quiet(all);
    await sara.client.send(id, { text: "in the copy" });
    await s.world.quiet(all);
    await s.world.clock.advance(70_000);
    s.copy();
    await lale.stop();
    await sara.client.channels.remove(id, [nima.client.me()?.identity ?? ""]);
    await s.world.quiet([sara, dara]);
    await sara.client.send(id, { text: "after the copy" });
    await s.world.quiet([sara, dara]);
    await s.putBack();
    await sara.client.send(id, { text: "after the loss" });
    await back(lale);
    const texts = ["after the copy", "after the loss", "in the copy"];
    const readers = [sara, dara, lale];
    const linesOf = async (person: Person): Promise<string[]> =>
      (await person.lines(id)).filter((line) => !line.startsWith("["));
    await s.until(async () => {
      const lines = await Promise.all(readers.map(linesOf));
      return lines.every(({ length }) => length === texts.length);
    });
    await s.world.clock.advance(120_000);
    for (const person of readers) {
      expect((await linesOf(person)).toSorted()).toEqual(texts);
      expect((await person.client.conversation(id))?.fault).toBeUndefined();
      for (const { code, proof } of await person.client.alerts())
        expect([code, proof]).toEqual(["restored", undefined]);
    }
    expect(await linesOf(nima)).toEqual(["in the copy"]);
    expect((await nima.client.channels.view(id)).standing).toBe("removed");
    await sara.client.send(id, { text: "as before" });
    await s.world.quiet(readers);
    for (const person of readers) expect((await linesOf(person)).at(-1)).toBe("as before");
    await s.end();
  });
});
