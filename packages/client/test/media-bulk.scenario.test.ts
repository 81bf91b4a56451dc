/* Files and letters over one session on a slow line: chunks go where they give way. */
import { type Session, SessionAcceptor, serveStreams } from "@chapar/carrier";
import { SeededRng } from "@chapar/carrier/testing";
import { signerOf, Secret } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import type { EnginePorts } from "../src/index.ts";
import { sessionCryptoOf } from "../src/link/session-crypto.ts";
import { Road } from "../src/link/road.ts";
import { bytesOf, file, LARGE, last, never, until } from "./media-scene.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const URL = "https://home.test";
const BYTES_PER_SECOND = 20_000;

/** A station that is reached by sessions alone, over a slow line, and how many links of bulk were taken. */
async function town(takesBulk: boolean): Promise<{
  readonly world: World;
  readonly person: (name: string) => Promise<Person>;
  readonly bulk: () => number;
  readonly end: (people: readonly Person[]) => Promise<void>;
}> {
  const world = new World({ latencyMs: 40, bytesPerSecond: BYTES_PER_SECOND });
  const home = await world.stations.station("home", { urls: [URL] });
  const seed = crypto.sha256(utf8("station home"));
  const signer = await signerOf(new Secret("station seed", seed), crypto);
  let bulk = 0;
  const accept = (session: Session): void => {
    home.station.accept(session.link);
    const take = (link: Session["link"]): void => {
      bulk += 1;
      home.station.accept(link);
    };
    if (takesBulk) serveStreams(session, take, (stream) => stream.reset());
    else session.onStream((stream) => stream.reset());
  };
  const ports = { clock: world.clock, rng: new SeededRng(7), crypto: sessionCryptoOf(crypto) };
  const acceptor = new SessionAcceptor({ ...ports, signer, accept });
  world.stations.network.listen(URL, (link) => acceptor.accept(link));
  const web = world.stations.network.carrier({ kind: "web", handles: (route) => route === URL });
  const road: EnginePorts["road"] = (given) => Promise.resolve(new Road({ ...given, carriers: [web] }));
  return {
    world,
    person: (name) => world.person(name, home, { road, carriers: [] }),
    bulk: () => bulk,
    end: async (people) => {
      for (const person of people) await person.stop();
      await world.settle(acceptor[Symbol.asyncDispose]());
      await home.stop();
    },
  };
}

/** How long a text takes while a file of 1.5 MB is under way, and whether the file arrives as well. */
async function textBesideFile(takesBulk: boolean): Promise<{ readonly textMs: number; readonly bulk: number }> {
  const { world, person, bulk, end } = await town(takesBulk);
  const people = [await person("Sara"), await person("Dara")] as const;
  const [sara, dara] = people;
  const id = await sara.client.open(await dara.client.invite());
  for (const { client } of people) client.connect();
  await world.quiet(people);
  const at = { world, sara, dara, id };
  await world.settle(sara.client.media.send(id, { text: "", files: [file({ bytes: bytesOf(1, LARGE) })] }, never));
  const moving = async (): Promise<boolean> =>
    (await sara.client.media.transfers()).some(({ bytes }) => bytes > 200_000);
  await world.settle(until(at, moving));
  const sentAtMs = world.clock.nowMs();
  await sara.client.send(id, { text: "beside it" });
  await world.settle(until(at, async () => (await dara.lines(id)).includes("beside it")));
  const textMs = world.clock.nowMs() - sentAtMs;
  expect((await sara.client.media.transfers())[0]?.bytes).toBeLessThan(LARGE / 2);
  await world.quiet(people);
  expect((await last(dara, id)).attachments).toHaveLength(1);
  await end(people);
  return { textMs, bulk: bulk() };
}

describe("chunks in a session", () => {
  it("F-94 give way to a letter: it takes what it takes on an empty line, within two seconds", async () => {
    const { textMs, bulk } = await textBesideFile(true);
    expect(bulk).toBeGreaterThan(0);
    expect(textMs).toBeLessThan(2_000);
  });

  it("F-94 share the home's link with a station that takes none, two at a time, so that a letter leaves between them", async () => {
    const { textMs, bulk } = await textBesideFile(false);
    expect(bulk).toBe(0);
    // A letter is two questions, each behind two chunks, and the way back.
    expect(textMs).toBeLessThan(((4 * 65_600) / BYTES_PER_SECOND) * 1000 + 2_000);
  });
});
