/* Sara begins to write to somebody whose newest op their station does not show her. */
import {
  challengeHash,
  createEvidencePorts,
  signIdentityWord,
  decodeIdentityWord,
  type Verdict,
  verifyBundle,
} from "@chapar/evidence";
import { TestLedger } from "@chapar/evidence/testing";
import { inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { formatVerifierKey, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import type { TestClient, TestPerson, TestStation } from "@chapar/station/testing";
import { idText, ledgerIdentityOf, ledgerOrigin, type Request, type Response } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { Liar, type Lie } from "./liar.ts";
import { signerOf } from "./scripted-ledger.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const ports = createEvidencePorts(sha256, (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature));
/** Longer than an epoch takes. */
const EPOCH_MS = 25_000;

interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly liar: Liar;
  readonly sara: Person;
  readonly subject: TestPerson;
  /** Dara's own link to the station */
  readonly own: TestClient;
  /** Sara begins to write to Dara; @returns the conversation */
  readonly begin: () => Promise<string>;
  readonly end: () => Promise<void>;
}

/** Dara has listed a second device, and an epoch has it. */
async function scene(): Promise<Scene> {
  const world = new World();
  const station = await world.stations.station("one", { logged: true });
  const liar = new Liar();
  const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
  const { client: own, person: subject } = await world.stations.resident(station, "dara");
  await world.settle(own.expect("done", { type: "identity.put", ops: [subject.addDevice("laptop")] }));
  // No key package at all would be what is told; what is in it no station looks at.
  await world.settle(own.expect("keys.count", { type: "keys.put", suite: 0xf00d, packages: [new Uint8Array(40)] }));
  await world.clock.advance(EPOCH_MS);
  sara.client.connect();
  await world.quiet([sara]);
  const invite = inviteLink(
    {
      home: { station: station.ref, region: "IR" },
      stationName: "test",
      token: new Uint8Array(32),
      person: { identity: subject.identity, name: "Dara", knock: new Uint8Array(16) },
      routes: [],
    },
    sha256,
  );
  const begin = async (): Promise<string> => {
    const id = await sara.client.open(invite);
    await sara.client.send(id, { text: "who reads this?" });
    return id;
  };
  const end = async (): Promise<void> => {
    await sara.stop();
    await station.stop();
  };
  return { world, station, liar, sara, subject, own, begin, end };
}

/** What is given of Dara's chain: without its newest op, under whatever word. */
function short(s: Scene, word: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Lie {
  const ops = s.subject.ops.slice(0, 1);
  return (frame) => {
    if (frame.kind !== "response") return [frame];
    const { body } = frame;
    if (body.type === "keys.taken") return [{ ...frame, body: { ...body, ops } }];
    return body.type === "identity.word" ? [{ ...frame, body: { ...body, ops, word: word(body.word) } }] : [frame];
  };
}

async function until(s: Scene, done: () => Promise<boolean>, seconds = 200): Promise<void> {
  for (let i = 0; i < seconds && !(await done()); i++) await s.world.clock.advance(1_000);
}

async function told(s: Scene, code: string): Promise<void> {
  await until(s, async () => (await s.sara.client.alerts()).some((alert) => alert.code === code));
}

/** The bundle of the only alert, as a stranger judges it. */
async function verdict(s: Scene): Promise<Verdict> {
  const [alert, ...more] = await s.sara.client.alerts();
  expect(more).toEqual([]);
  const bytes = await s.sara.client.proof(alert?.id ?? "");
  expect(bytes.byteLength).toBeLessThanOrEqual(4096);
  const judged = await verifyBundle(bytes, ports);
  if (!judged.ok) throw new Error(judged.code);
  return judged.value;
}

/** Names station two as the witness of station one, in the liar's answers. */
async function witnessed(): Promise<Uint8Array> {
  const [one, two] = [await signerOf("one"), await signerOf("two")];
  const logKey = makeVerifierKey(
    ledgerOrigin(one.publicKey as TestStation["ref"]["key"]),
    NoteAlgorithm.ed25519,
    one.publicKey,
    sha256,
  );
  const name = `${idText(two.publicKey)}/witness`;
  const key = makeVerifierKey(name, NoteAlgorithm.cosignatureEd25519, new Uint8Array(32).fill(8), sha256);
  const lines = [`log ${formatVerifierKey(logKey)} https://one.example/log`];
  lines.push(`witness w ${formatVerifierKey(key)} wss://two.example/v1/link/witness`, "quorum none", "");
  return utf8(lines.join("\n"));
}

/** Station two as a witness that finds every challenge unanswered. */
async function unanswered(): Promise<(request: Request) => Promise<Response> | undefined> {
  const ledger = new TestLedger(await signerOf("two"));
  const text = await witnessed();
  let isBegun = false;
  return (request) => {
    if (request.type === "ledger.policy") return Promise.resolve({ type: "ledger.policy", text });
    // Before anything was recorded, the station itself is asked.
    if (request.type === "ledger.leaf" && isBegun)
      return ledger.leafClaim(request.index).then((claim) => ({ type: "ledger.leaf", ...claim }));
    if (request.type !== "challenge.put") return undefined;
    const challenge = challengeHash(request.challenge, sha256);
    isBegun = true;
    const index = ledger.record({ kind: "unanswered", station: request.accused.key, challenge, timeMs: 5 });
    return ledger.epoch(new Map(), new Map(), 6, true).then((): Response => ({ type: "challenge.unanswered", index }));
  };
}

describe("somebody who is written to for the first time", () => {
  it("R-10 a chain that is shorter than the word given with it is a refusal: told, challenged, and nobody is written to by it", async () => {
    const s = await scene();
    const two = await s.world.stations.station("two");
    s.liar.answer = await unanswered();
    await s.world.settle(s.sara.client.check({ signal: new AbortController().signal }));
    s.liar.lie = short(s);
    const id = await s.begin();
    await until(s, async () => (await s.sara.client.alerts()).some(({ proof }) => proof !== undefined));
    const [alert] = await s.sara.client.alerts();
    expect(alert).toMatchObject({ code: "hidden-op", conversation: id, person: idText(s.subject.identity) });
    expect(await verdict(s)).toMatchObject({ shape: "unanswered", fault: "unanswered" });
    expect(await s.sara.client.conversation(id)).toMatchObject({ state: "opening", fault: "client/stale-chain" });
    await two.stop();
    await s.end();
  });

  it("R-10 a word signed anew for the shorter chain contradicts the epoch: shape 5, before anything is written", async () => {
    const s = await scene();
    const ops = s.subject.ops.slice(0, 1);
    const signer = await signerOf("one");
    const { identity } = await wordOf(s);
    const fields = { identity, ...ledgerIdentityOf(ops, sha256), timeMs: s.world.clock.nowMs() };
    const word = await signIdentityWord(fields, signer);
    s.liar.lie = short(s, () => word);
    const id = await s.begin();
    await told(s, "hidden-op");
    expect(await verdict(s)).toMatchObject({ shape: "identity", fault: "rolled-back" });
    expect(await s.sara.client.conversation(id)).toMatchObject({ state: "opening", fault: "client/stale-chain" });
    await s.end();
  });

  it("R-10 a chain for which the station signs nothing is refused, and told at the conversation", async () => {
    const s = await scene();
    const lie = short(s);
    s.liar.lie = lie;
    s.liar.answer = (request) =>
      request.type === "identity.word" ? { type: "error", code: "station/rate-limited", detail: 1 } : undefined;
    const id = await s.begin();
    await until(s, async () => (await s.sara.client.conversation(id))?.fault !== undefined);
    expect(await s.sara.client.conversation(id)).toMatchObject({ state: "opening", fault: "client/unsigned-chain" });
    await s.end();
  });

  it("R-10 a word for ops that the person's keys did not sign is kept, and what the station signs later makes it shape 5", async () => {
    const s = await scene();
    const [, op = new Uint8Array(0)] = s.subject.ops;
    const forged = [...s.subject.ops, op.slice()];
    const { identity } = await wordOf(s);
    const fields = { identity, ...ledgerIdentityOf(forged, sha256), timeMs: s.world.clock.nowMs() };
    const word = await signIdentityWord(fields, await signerOf("one"));
    s.liar.lie = (frame) => {
      if (frame.kind !== "response") return [frame];
      const { body } = frame;
      if (body.type === "keys.taken") return [{ ...frame, body: { ...body, ops: forged } }];
      return body.type === "identity.word" ? [{ ...frame, body: { ...body, ops: forged, word } }] : [frame];
    };
    const id = await s.begin();
    await until(s, async () => (await s.sara.client.conversation(id))?.fault !== undefined);
    expect(await s.sara.client.conversation(id)).toMatchObject({ fault: "client/wrong-chain" });
    expect(await s.sara.client.alerts()).toEqual([]);
    s.liar.repent();
    await told(s, "hidden-op");
    expect(await verdict(s)).toMatchObject({ shape: "identity", fault: "rolled-back" });
    await s.end();
  });

  it("R-10 an op that was hidden is taken from the answer to the challenge, and the conversation goes on by it", async () => {
    const s = await scene();
    const two = await s.world.stations.station("two", { logged: true });
    const text = await witnessed();
    s.liar.answer = (request) => (request.type === "ledger.policy" ? { type: "ledger.policy", text } : undefined);
    await s.world.settle(s.sara.client.check({ signal: new AbortController().signal }));
    s.liar.lie = short(s);
    const id = await s.begin();
    await until(s, async () => (await s.sara.client.alerts())[0]?.state === "restored");
    expect(await s.sara.client.alerts()).toMatchObject([{ code: "hidden-op", state: "restored", proof: undefined }]);
    // The chain is believed; what fails now is the key package, which is none.
    await until(s, async () => (await s.sara.client.conversation(id))?.fault === "e2e/bad-key-package");
    expect(await s.sara.client.conversation(id)).toMatchObject({ fault: "e2e/bad-key-package" });
    await two.stop();
    await s.end();
  });
});

/** What the station really signs of Dara. */
async function wordOf(s: Scene): Promise<{ readonly identity: Uint8Array }> {
  const request = { type: "identity.word", identity: s.subject.identity, at: undefined } as const;
  const answer = await s.world.settle(s.own.expect("identity.word", request));
  const word = decodeIdentityWord(answer.word);
  if (!word.ok) throw new Error(word.code);
  return word.value;
}
