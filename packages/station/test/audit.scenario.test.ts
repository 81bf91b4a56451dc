/* An audit of a real folder over HTTP (protocol/14-residency.md §5): what an honest station proves, and what a false or damaged one is found by. */
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webSocketCarrier } from "@chapar/carrier/node";
import { createEvidencePorts, generationKey } from "@chapar/evidence";
import { decodeCheckpoint, encodeCheckpoint, encodeCheckpointText, signNote } from "@chapar/log";
import type { LogId } from "@chapar/wire";
import { afterEach, expect, it, vi } from "vitest";
import { type AuditAnswer, readAuditAnswer, signAuditAnswer } from "../src/audit/answer-codec.ts";
import { type AuditDraw, drawIndex } from "../src/audit/terms.ts";
import { type AuditFault, type AuditQuestion, checkAudit, type CheckedAudit } from "../src/index.ts";
import { loadAuditKey, removeEntry, type RunningStation, SqliteStore, startStation } from "../src/node/index.ts";
import { nodeSha256, nodeSigner, nodeVerifier } from "../src/node/node-crypto.ts";
import { readStationSeed } from "../src/node/station-files.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

const LIMIT_MS = 90_000;
const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const folders: string[] = [];
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-audit-"));
  folders.push(made);
  return made;
}

const start = (dataDir: string): Promise<RunningStation> =>
  startStation({ dataDir, port: 0, region: "IR", name: "test", signUp: "open" });

class Talk {
  readonly client: TestClient;
  readonly person: TestPerson;
  readonly logs: LogId[] = [];
  readonly rooms: TestRoom[] = [];

  constructor(client: TestClient, person: TestPerson) {
    this.client = client;
    this.person = person;
  }

  async say(room: number, text: string): Promise<void> {
    const [log, of] = [this.logs[room], this.rooms[room]];
    if (log === undefined || of === undefined) throw new Error("no room");
    await this.client.expect("receipt", { type: "log.append", log, entry: of.message(text) });
  }
}

/** Rooms of three messages each. */
async function talk(station: RunningStation, rooms: number): Promise<Talk> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  const person = new TestPerson("alice", station.ref);
  await client.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
  await client.auth(person.identity, person.phone);
  const made = new Talk(client, person);
  for (let i = 0; i < rooms; i++) {
    const room = new TestRoom(i + 1);
    const log = room.idAt(station.key);
    await client.expect("log.state", { type: "log.create", genesis: room.genesis });
    await client.openRoom(room, log);
    made.logs.push(log);
    made.rooms.push(room);
    for (const text of ["1", "2", "3"]) await made.say(i, text);
  }
  return made;
}

const question = (byte: number, count = 8): AuditQuestion => ({ nonce: new Uint8Array(32).fill(byte), count });

async function ask(station: RunningStation, { nonce, count }: AuditQuestion, key: string): Promise<Response> {
  const query = `nonce=${Buffer.from(nonce).toString("hex")}&count=${count}`;
  return await fetch(`${station.url}/audit?${query}`, { headers: { authorization: `Bearer ${key}` } });
}

async function checkpointOf(station: RunningStation): Promise<Uint8Array> {
  const response = await fetch(`${station.url}/log/checkpoint`);
  if (!response.ok) throw new Error("no checkpoint yet");
  return new Uint8Array(await response.arrayBuffer());
}

interface Asked {
  readonly answer: Uint8Array;
  readonly checkpoint: Uint8Array;
}

/** The answer of a station once its published checkpoint is not an earlier one. */
async function asked(station: RunningStation, of: AuditQuestion, dataDir: string, before?: Uint8Array): Promise<Asked> {
  const checkpoint = await vi.waitFor(
    async () => {
      const now = await checkpointOf(station);
      expect(Buffer.from(now).equals(Buffer.from(before ?? []))).toBe(false);
      return now;
    },
    { timeout: LIMIT_MS / 2, interval: 300 },
  );
  const response = await ask(station, of, loadAuditKey(dataDir));
  expect(response.status).toBe(200);
  return { answer: new Uint8Array(await response.arrayBuffer()), checkpoint };
}

async function held({ answer, checkpoint }: Asked, of: AuditQuestion): Promise<CheckedAudit> {
  const checked = await checkAudit(answer, of, { checkpoint }, ports);
  if (!checked.ok) throw new Error(checked.fault);
  return checked.value;
}

async function faultOf({ answer, checkpoint }: Asked, of: AuditQuestion): Promise<AuditFault | undefined> {
  const checked = await checkAudit(answer, of, { checkpoint }, ports);
  return checked.ok ? undefined : checked.fault;
}

function fieldsOf(answer: Uint8Array): AuditAnswer {
  const read = readAuditAnswer(answer, nodeSha256);
  if (read === undefined) throw new Error("no answer");
  return read.answer;
}

/** An answer that the station itself signed anew. */
async function signedAnew(dataDir: string, answer: AuditAnswer): Promise<Uint8Array> {
  return await signAuditAnswer(answer, nodeSigner(readStationSeed(dataDir) ?? new Uint8Array(32)), nodeSha256);
}

/** A question of one object that draws this entry of the only log, of this size. */
function drawing(index: number, size: number): AuditQuestion {
  for (let byte = 0; byte < 256; byte++) {
    const one = question(byte, 1);
    if (drawIndex(one.nonce, 0, size, nodeSha256) === index) return one;
  }
  throw new Error("no nonce");
}

it(
  "K-41 K-42 K-43 K-44 an honest station proves all that is drawn, to whoever has the key",
  { timeout: LIMIT_MS },
  async () => {
    const dataDir = folder();
    await using station = await start(dataDir);
    const of = question(1);
    const closed = await ask(station, of, "0".repeat(64));
    expect(closed.status).toBe(404);
    const said = await talk(station, 5);
    const first = await asked(station, of, dataDir);
    // The first checkpoint may be of the time before the rooms.
    const full = await vi.waitFor(
      async () => {
        const now = await asked(station, of, dataDir);
        expect((await held(now, of)).epoch.headCount).toBe(5);
        return now;
      },
      { timeout: LIMIT_MS / 2, interval: 6_000 },
    );
    const checked = await held(full, of);
    expect(checked).toMatchObject({ sampled: 8, proven: 8, missing: 0, removed: 0, pruned: 0, expired: 0 });
    expect(checked.bytes).toBeGreaterThan(8 * 512);
    expect(await faultOf(first, of)).toBeUndefined();
    for (const { found } of fieldsOf(full.answer).draws) expect(found.state).toBe("here");
    for (const id of [said.person.identity, said.person.phone.publicKey])
      expect(Buffer.from(full.answer).includes(Buffer.from(id))).toBe(false);
    for (const log of said.logs) expect(Buffer.from(full.answer).includes(Buffer.from(log))).toBe(false);
    for (const room of said.rooms) expect(Buffer.from(full.answer).includes(Buffer.from(room.genesis))).toBe(false);
    const key = loadAuditKey(dataDir);
    expect((await ask(station, of, `${key.slice(1)}0`)).status).toBe(404);
    expect((await ask(station, { ...of, count: 33 }, key)).status).toBe(400);
    expect((await ask(station, { nonce: new Uint8Array(31), count: 1 }, key)).status).toBe(400);
    const statuses = new Set<number>();
    for (let i = 0; i < 7; i++) statuses.add((await ask(station, of, key)).status);
    expect(statuses).toContain(429);
  },
);

it(
  "K-41 K-42 refuses what was changed, replayed, of another epoch or not what was drawn",
  { timeout: LIMIT_MS },
  async () => {
    const dataDir = folder();
    await using station = await start(dataDir);
    const said = await talk(station, 2);
    const of = question(2, 4);
    const old = await vi.waitFor(
      async () => {
        const now = await asked(station, of, dataDir);
        expect((await held(now, of)).sampled).toBe(4);
        return now;
      },
      { timeout: LIMIT_MS / 2, interval: 6_000 },
    );
    const step = Math.max(1, Math.floor(old.answer.byteLength / 200));
    for (let at = 0; at < old.answer.byteLength; at += step) {
      const answer = old.answer.slice();
      answer[at] = (answer[at] ?? 0) ^ (1 << (at % 8));
      expect(["bad-signature", "not-an-answer", "other-station"]).toContain(await faultOf({ ...old, answer }, of));
    }
    expect(await faultOf({ ...old, answer: old.answer.slice(0, -1) }, of)).toMatch(/^(not-an-answer|bad-signature)$/u);
    expect(await faultOf({ ...old, answer: new Uint8Array(0) }, of)).toBe("not-an-answer");
    expect(await faultOf(old, question(3, 4))).toBe("other-nonce");
    expect(await faultOf(old, question(2, 3))).toBe("other-nonce");
    expect(await faultOf({ ...old, checkpoint: old.checkpoint.slice(3) }, of)).toBe("bad-epoch");

    await said.say(0, "4");
    await said.say(1, "4");
    const now = await vi.waitFor(() => asked(station, of, dataDir, old.checkpoint), { timeout: LIMIT_MS / 2 });
    expect(await faultOf(now, of)).toBeUndefined();
    expect(await faultOf({ answer: old.answer, checkpoint: now.checkpoint }, of)).toBe("old-epoch");

    // The station's key signed another log of the same size as well.
    const shown = decodeCheckpoint(now.checkpoint);
    if (!shown.ok) throw new Error("no checkpoint");
    const fork = { ...shown.value.checkpoint, root: new Uint8Array(32) };
    const signer = nodeSigner(readStationSeed(dataDir) ?? new Uint8Array(32));
    const note = await signNote(encodeCheckpointText(fork), generationKey(station.key, 1, nodeSha256), signer);
    expect(await faultOf({ ...now, checkpoint: encodeCheckpoint(fork, [note]) }, of)).toBe("bad-epoch");

    const fields = fieldsOf(now.answer);
    const anew = async (change: Partial<AuditAnswer>): Promise<AuditFault | undefined> =>
      await faultOf({ ...now, answer: await signedAnew(dataDir, { ...fields, ...change }) }, of);
    const eachDraw = (change: (draw: AuditDraw) => AuditDraw): Partial<AuditAnswer> => ({
      draws: fields.draws.map(change),
    });
    expect(await anew({})).toBeUndefined();
    expect(await anew({ draws: fieldsOf(old.answer).draws })).toBe("bad-map-proof");
    expect(await anew({ draws: fields.draws.slice(1) })).toBe("bad-draw");
    expect(await anew({ draws: [...fields.draws, ...fields.draws] })).toBe("bad-draw");
    expect(await anew({ draws: [] })).toBe("bad-draw");
    expect(await anew({ leaf: fields.leaf.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) })).toBe("bad-epoch");
    expect(await anew(eachDraw((draw) => ({ ...draw, found: { state: "bare" } })))).toBe("bad-draw");
    const [one] = fields.draws;
    const other = fields.draws.find(({ key }) => !Buffer.from(key).equals(Buffer.from(one?.key ?? [])));
    if (one === undefined || other === undefined) throw new Error("the nonce draws one room only");
    // What it shows is true, of a log that was not drawn.
    expect(await anew(eachDraw((draw) => (draw.key === one.key ? other : draw)))).toBe("bad-draw");
    const bent = (draw: AuditDraw): AuditDraw =>
      draw.found.state === "here"
        ? { ...draw, found: { ...draw.found, entry: draw.found.entry.map((byte) => byte ^ 1) } }
        : draw;
    expect(await anew(eachDraw(bent))).toBe("bad-entry");
    const removed = ({ key, mapProof, found }: AuditDraw): AuditDraw => {
      if (found.state !== "here") throw new Error("not here");
      const { leaf, proof } = fields;
      const leafHash = ports.hasher.leaf(found.entry);
      return { key, mapProof, found: { state: "removed", path: found.path, leafHash, leaf, proof } };
    };
    expect(await anew(eachDraw(removed))).toBe("bad-tombstone");
    const other9 = new TestPerson("bob", station.ref).phone.publicKey;
    const ground = { checkpoint: now.checkpoint, station: other9 as never };
    expect(await checkAudit(now.answer, of, ground, ports)).toEqual({ ok: false, fault: "other-station" });
  },
);

it(
  "K-42 a body that is gone from the disk or bent is missing, one that was removed by an order has its tombstone",
  { timeout: LIMIT_MS },
  async () => {
    const dataDir = folder();
    const first = await start(dataDir);
    const said = await talk(first, 1);
    const [log] = said.logs;
    if (log === undefined) throw new Error("no room");
    for (const text of ["4", "5"]) await said.say(0, text);
    const order = { log, index: 1, reason: "court order", reference: "12/34" };
    await removeEntry(dataDir, order);
    await first.close();
    const db = new DatabaseSync(join(dataDir, "station.sqlite"));
    const chunk = db.prepare("SELECT first, entries FROM chunks WHERE first = 3").get() as { entries: Uint8Array };
    const bent = chunk.entries.slice();
    bent[bent.byteLength - 1] = (bent.at(-1) ?? 0) ^ 1;
    db.prepare("UPDATE chunks SET entries = ? WHERE first = 3").run(bent);
    db.close();
    const store = await SqliteStore.open({ dataDir });
    const holes = [
      { first: 4, count: 1, status: "pruned", tombstone: undefined },
      { first: 5, count: 1, status: "expired", tombstone: undefined },
    ] as const;
    await store.commit(holes.map((hole) => ({ kind: "hole", log, hole })));
    await store[Symbol.asyncDispose]();

    const second = await start(dataDir);
    const kinds = async (station: RunningStation, index: number): Promise<CheckedAudit> => {
      const of = drawing(index, 6);
      return await held(await asked(station, of, dataDir), of);
    };
    expect(await kinds(second, 1)).toMatchObject({ sampled: 1, proven: 0, removed: 1, missing: 0 });
    expect(await kinds(second, 2)).toMatchObject({ sampled: 1, proven: 1, missing: 0 });
    // A true tombstone, of another entry.
    const ofHere = drawing(2, 6);
    const here = await asked(second, ofHere, dataDir);
    const [draw] = fieldsOf(here.answer).draws;
    const [buried] = fieldsOf((await asked(second, drawing(1, 6), dataDir)).answer).draws;
    if (draw?.found.state !== "here" || buried?.found.state !== "removed") throw new Error("not as it was");
    const { leaf, proof } = buried.found;
    const leafHash = ports.hasher.leaf(draw.found.entry);
    const found = { state: "removed", path: draw.found.path, leafHash, leaf, proof } as const;
    const answer = await signedAnew(dataDir, { ...fieldsOf(here.answer), draws: [{ ...draw, found }] });
    expect(await faultOf({ ...here, answer }, ofHere)).toBe("bad-tombstone");
    await second.close();

    const third = await start(dataDir);
    expect(await kinds(third, 3)).toMatchObject({ sampled: 1, proven: 0, missing: 1, bytes: 0 });
    expect(await kinds(third, 4)).toMatchObject({ sampled: 1, proven: 0, pruned: 1, missing: 0 });
    expect(await kinds(third, 5)).toMatchObject({ sampled: 1, proven: 0, expired: 1, missing: 0 });
    await third.close();

    const again = new DatabaseSync(join(dataDir, "station.sqlite"));
    expect(again.prepare("DELETE FROM chunks WHERE first = 2").run().changes).toBe(1);
    again.close();
    await using fourth = await start(dataDir);
    // Without the leaf hash of one entry no other has a path.
    expect(await kinds(fourth, 2)).toMatchObject({ sampled: 1, proven: 0, missing: 1, bytes: 0 });
    expect(await kinds(fourth, 3)).toMatchObject({ sampled: 1, proven: 0, missing: 1, pruned: 0 });
  },
);
