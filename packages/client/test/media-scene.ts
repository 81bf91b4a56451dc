/* Two people who send each other files, and what is seen of it on the line. */
import { SeededRng } from "@chapar/carrier/testing";
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import type { TestStation } from "@chapar/station/testing";
import { decodeFrame, FrameReader } from "@chapar/wire";
import { concatBytes } from "@chapar/wire/bytes";
import type { MessageView, OutgoingFile, TransferView } from "../src/index.ts";
import { type Person, World } from "./world.ts";

/** For calls that nobody ends. */
export const never: { readonly signal: AbortSignal } = { signal: new AbortController().signal };
/** Bytes that a seed determines. */
export const bytesOf = (seed: number, sizeBytes: number): Uint8Array => new SeededRng(seed).bytes(sizeBytes);
/** Bytes of a file that is not kept in the store. */
export const LARGE = 1_500_000;
/** Its chunks. */
export const LARGE_CHUNKS: number = Math.ceil(LARGE / CHUNK_CAPACITY_BYTES);

const scenes: { end(): Promise<void> }[] = [];

/** Ends every scene that was opened. */
export async function endScenes(): Promise<void> {
  for (const one of scenes.splice(0)) await one.end();
}

/** Two people on one station, talking. */
export interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
}

/** Sara and Dara on one station, talking. */
export async function scene(line: ConstructorParameters<typeof World>[0] = { latencyMs: 5 }): Promise<Scene> {
  const world = new World(line);
  const station = await world.stations.station("home");
  const sara = await world.person("Sara", station);
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  await world.quiet([sara, dara]);
  scenes.push({
    end: async () => {
      for (const person of [sara, dara]) await person.stop();
      await station.stop();
    },
  });
  return { world, station, sara, dara, id };
}

/** A file to send. */
export const file = (from: OutgoingFile["from"], fileName = "film.mp4"): OutgoingFile => ({
  fileName,
  mediaType: "video/mp4",
  from,
});

/** Sara sends files. */
export async function send({ world, sara, id }: Scene, ...files: readonly OutgoingFile[]): Promise<MessageView> {
  return world.settle(sara.client.media.send(id, { text: "", files }, never));
}

/** The newest message. */
export async function last(person: Person, id: string): Promise<MessageView> {
  const [message] = await person.client.messages(id, { limit: 1 });
  if (message === undefined) throw new Error("nothing there");
  return message;
}

/** All of a file, as an app reads it. */
export async function whole({ world }: Scene, person: Person, message: string, index = 0): Promise<Uint8Array> {
  const { sizeBytes } = (await person.client.media.files(message))[index] ?? { sizeBytes: 0 };
  await world.settle(person.client.media.fetch(message, index, never));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < sizeBytes; at += 700_000) {
    parts.push(await world.settle(person.client.media.read(message, index, at, at + 700_000, never)));
  }
  return concatBytes(...parts);
}

/** Requests of a kind that left over a line, from here on. */
export class Seen {
  readonly counts = new Map<string, number>();
  onRequest: (type: string) => void = () => undefined;

  line = (link: { send(bytes: Uint8Array): void }): void => {
    const reader = new FrameReader();
    const inner = link.send.bind(link);
    link.send = (bytes) => {
      for (const frame of reader.push(bytes).frames) {
        const decoded = decodeFrame(frame);
        if (!decoded.ok || decoded.value.kind !== "request") continue;
        const { type } = decoded.value.body;
        this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
        this.onRequest(type);
      }
      inner(bytes);
    };
  };

  of(type: string): number {
    return this.counts.get(type) ?? 0;
  }
}

/** Starts a person again with every request counted. */
export async function watched({ world }: Scene, person: Person): Promise<Seen> {
  const seen = new Seen();
  await person.stop();
  const inner = world.stations.network.carrier({});
  const carrier: typeof inner = {
    kind: inner.kind,
    handles: (route) => inner.handles(route),
    dial: async (route, options) => {
      const link = await inner.dial(route, options);
      seen.line(link);
      return link;
    },
  };
  await person.start({ carriers: [carrier] });
  return seen;
}

/** What is on its way of a message. */
export async function transferOf(person: Person, message: string): Promise<TransferView | undefined> {
  return (await person.client.media.transfers()).find((view) => view.message === message);
}

/** Looks again whenever some time has passed. */
export async function until({ world }: Pick<Scene, "world">, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await world.clock.sleep(50, never.signal);
}
