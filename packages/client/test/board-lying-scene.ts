/* Dara reads a channel of Sara's, and all that her home says to her passes a liar; Lale reads the same one and is told the truth. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Carrier } from "@chapar/carrier";
import { createEvidencePorts, type EvidencePorts, verifyBundle } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import type { LogId } from "@chapar/wire";
import { expect } from "vitest";
import * as desk from "../src/channels/desk.ts";
import * as work from "../src/channels/work.ts";
import type { AlertView } from "../src/index.ts";
import { heldBy } from "./channel-scene.ts";
import { HERE } from "./own-devices.ts";
import { Liar } from "./liar.ts";
import { type Person, World } from "./world.ts";

// Their code is here already: the clock of a world would run on while a file is read.
expect([...HERE, desk, work].length).toBeGreaterThan(0);

const crypto = nodeCrypto();
const VERIFIER = join(import.meta.dirname, "../../../vectors/verify/verify_proof.py");
/** What bundles are verified with. */
export const ports: EvidencePorts = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);
/** A link's terms: anybody, for ever. */
export const TERMS = { expiresMs: 0, limit: 0, approval: false };

/** A channel whose hub lies to one of its readers. */
export interface BoardScene {
  readonly world: World;
  readonly hub: TestStation;
  readonly liar: Liar;
  /** on the way to the leader */
  readonly leaders: Liar;
  readonly sara: Person;
  readonly dara: Person;
  readonly lale: Person;
  readonly nima: Person;
  readonly all: readonly Person[];
  /** the channel */
  readonly id: string;
  readonly link: string;
  readonly log: LogId;
  /** Nima's conversation with Dara */
  readonly chat: string;
  readonly between: { readonly carriers: readonly Carrier[] };
  readonly end: () => Promise<void>;
}

function only(carrier: Carrier, word: string, isIt: boolean): Carrier {
  return {
    kind: carrier.kind,
    handles: (route) => route.includes(word) === isIt && carrier.handles(route),
    dial: carrier.dial.bind(carrier),
  };
}

/** @param isApart  Dara is at home at another station, which mirrors the board; by default at the hub itself */
export async function boardScene(
  isApart = false,
  prepare: (liar: Liar) => void = () => undefined,
): Promise<BoardScene> {
  const world = new World({ latencyMs: 5 });
  const hub = await world.stations.station("one");
  const home = isApart ? await world.stations.station("two") : hub;
  const liar = new Liar();
  prepare(liar);
  const net = (): Carrier => world.stations.network.carrier();
  const name = isApart ? "two" : "one";
  const between = { carriers: [only(liar.carrier(net()), name, true), only(net(), name, false)] };
  const leaders = new Liar();
  const sara = await world.person("Sara", hub, { carriers: [leaders.carrier(net())] });
  const lale = await world.person("Lale", hub);
  const nima = await world.person("Nima", home);
  const dara = await world.person("Dara", home, between);
  const all = [sara, dara, lale, nima];
  for (const person of all) person.client.connect();
  await world.quiet(all);
  const chat = await nima.client.open(await dara.client.invite());
  const id = await sara.client.channels.create({ name: "News" });
  await world.quiet(all);
  const link = await sara.client.channels.makeLink(id, TERMS);
  for (const person of [dara, lale]) await person.client.channels.join(link);
  await world.quiet(all);
  await sara.client.send(id, { text: "before" });
  await world.quiet(all);
  const { room } = await heldBy(dara, id);
  const end = async (): Promise<void> => {
    for (const person of all) await person.stop();
    await home.stop();
    if (home !== hub) await hub.stop();
  };
  return { world, hub, liar, leaders, sara, dara, lale, nima, all, id, link, log: room.log, chat, between, end };
}

/** Lets time pass until something is so, ten minutes at most. */
export async function until(s: BoardScene, done: () => Promise<boolean>, seconds = 600): Promise<void> {
  for (let i = 0; i < seconds && !(await done()); i++) await s.world.clock.advance(1_000);
}

/** The only alert that Dara has. */
export async function onlyAlert(s: BoardScene): Promise<AlertView> {
  const [first, ...more] = await s.dara.client.alerts();
  expect(more).toEqual([]);
  if (first === undefined) throw new Error("no alert");
  return first;
}

/** What a stranger makes of an alert's bundle, with nothing but it; by Python's standard library alone it is the same (H-13). */
export async function judged(s: BoardScene, { id }: AlertView): Promise<unknown> {
  const bytes = await s.dara.client.proof(id);
  expect(bytes.byteLength).toBeLessThanOrEqual(4096);
  const verdict = await verifyBundle(bytes, ports);
  if (!verdict.ok) return verdict.code;
  const { shape, fault } = verdict.value;
  expect(saidByPython(bytes)).toMatch(new RegExp(`^shape +${shape}\\n(?:.*\\n)*fault +${fault}\\n`, "u"));
  return verdict.value;
}

function saidByPython(bundle: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "chapar-board-"));
  try {
    const file = join(folder, "board.proof");
    writeFileSync(file, bundle);
    return spawnSync("python3", [VERIFIER, file], { encoding: "utf8" }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whatever was done about the channel, another conversation goes on, and whoever was told the truth reads on. */
export async function goesOn(s: BoardScene, text = "and here?"): Promise<void> {
  await s.nima.client.send(s.chat, { text });
  await s.dara.client.send(s.chat, { text: `${text} yes` });
  await until(s, async () => (await s.nima.lines(s.chat)).includes(`${text} yes`), 120);
  expect((await s.dara.lines(s.chat)).slice(-2).toSorted()).toEqual([text, `${text} yes`]);
  await s.sara.client.send(s.id, { text: `to all: ${text}` });
  await until(s, async () => (await s.lale.lines(s.id)).at(-1) === `to all: ${text}`, 120);
  expect((await s.lale.lines(s.id)).at(-1)).toBe(`to all: ${text}`);
}
