/* What links ask of a station's log, and challenges put through a witness, between stations on a clock that tests move. */
import {
  challengeHash,
  checkAnswer,
  checkChallenge,
  createEvidencePorts,
  decodeIdentityWord,
  decodeAnswer,
  encodeChallenge,
  openLeafClaim,
  verifyBundle,
  encodeBundle,
  unansweredBundle,
  verifyIdentityWord,
  type Challenge,
} from "@chapar/evidence";
import {
  createTreeHasher,
  decodeReceipt,
  encodeStatement,
  FULL_FORM,
  parsePolicy,
  verifyConsistency,
} from "@chapar/log";
import {
  decodeLedgerLeaf,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerOrigin,
  ledgerSalt,
  mirrorMessage,
  type LogId,
  type Response,
} from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import type { Store } from "../src/index.ts";
import {
  MemoryStore,
  TestPerson,
  TestRoom,
  TestWorld,
  type TestClient,
  type TestStation,
} from "../src/testing/index.ts";

const evidence = createEvidencePorts(nodeSha256, nodeVerifier());
const NONCE = new Uint8Array(16).fill(3);

/** A store of which one read is replaced, in its ledger part or beside it. */
function bent(own: MemoryStore, part: "store" | "ledger", name: string, read: (...args: never[]) => unknown): Store {
  const over = <T extends object>(target: T, isHere: boolean): T =>
    new Proxy(target, {
      get: (_, property) => {
        if (isHere && property === name) return read;
        if (property === "ledger" && part === "ledger") return over(own.ledger, true);
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  return over(own, part === "store");
}

interface Scene {
  readonly world: TestWorld;
  readonly witness: TestStation;
  readonly accused: TestStation;
  readonly client: TestClient;
  readonly person: TestPerson;
}

/** A witness, a station, and somebody of that station who speaks to the witness. */
async function scene(store?: (own: MemoryStore) => Store): Promise<Scene> {
  const world = new TestWorld();
  const own = new MemoryStore();
  const accused = await world.station("b", { store: store?.(own) ?? own, region: "DE", logged: true });
  const witness = await world.station("w", { logged: true });
  const { person, client: resident } = await world.resident(accused, "sara");
  await world.settle(resident.close());
  return { world, witness, accused, client: await world.client(witness), person };
}

/** A challenge for an op of a person, by the accused's word on it. */
async function aboutOp({ world, accused, person }: Scene, index: number): Promise<Uint8Array> {
  const client = await world.client(accused);
  const ask = { type: "identity.word", identity: person.identity, at: undefined } as const;
  const { word } = await world.settle(client.expect("identity.word", ask));
  const subject = ledgerIdentityKey(ledgerSalt(person.ops[0]!, nodeSha256), nodeSha256);
  return encodeChallenge(challengeOf(accused, { kind: "identity", subject, index, bytes: word }));
}

function challengeOf(
  accused: TestStation,
  about: { kind: Challenge["kind"]; subject: Uint8Array; index: number; bytes: Uint8Array },
): Challenge {
  const { kind, subject, index, bytes } = about;
  const basis = { isClaim: false, bytes };
  return { kind, station: accused.ref.key, basis, subject, reader: undefined, index, timeMs: 1, nonce: NONCE };
}

async function put({ world, accused, client }: Scene, challenge: Uint8Array): Promise<Response> {
  return await world.settle(client.ask({ type: "challenge.put", accused: accused.ref, challenge, read: undefined }));
}

async function unansweredLeaves(station: TestStation): Promise<Uint8Array[]> {
  const leaves = await station.store.ledger.notable(0, 100);
  return leaves.flatMap(({ leaf }) => {
    const decoded = decodeLedgerLeaf(leaf);
    return decoded.ok && decoded.value.kind === "unanswered" ? [decoded.value.challenge] : [];
  });
}

describe("what links ask of a station's log", () => {
  it("E-16 S-24 E-20 words, policies, leaves and consistency, here and at another station", async () => {
    const { world, witness, accused, client, person } = await scene();
    const near = await world.client(accused);
    for (const [who, at] of [
      [near, undefined],
      [client, accused.ref],
    ] as const) {
      const answer = await world.settle(
        who.expect("identity.word", { type: "identity.word", identity: person.identity, at }),
      );
      const word = decodeIdentityWord(answer.word);
      if (!word.ok) throw new Error(word.code);
      expect(word.value).toMatchObject({ station: accused.ref.key, ...ledgerIdentityOf(person.ops, nodeSha256) });
      expect(await verifyIdentityWord(word.value, evidence)).toBe(true);
      expect(answer.ops).toEqual(person.ops);
      const live = await world.settle(who.expect("ledger.policy", { type: "ledger.policy", at, which: 0 }));
      expect(parsePolicy(live.text, nodeSha256).ok).toBe(true);
      const final = await world.settle(who.expect("ledger.policy", { type: "ledger.policy", at, which: 1 }));
      expect(final.text.byteLength).toBe(0);
      await world.clock.advance(20_000);
      const first = await world.settle(who.expect("ledger.leaf", { type: "ledger.leaf", at, index: 0 }));
      const opened = await openLeafClaim(first, accused.ref.key, evidence);
      if (!opened.ok) throw new Error(opened.code);
      expect(opened.value).toMatchObject({ index: 0, generation: 1 });
      const { size } = opened.value;
      expect(size).toBeGreaterThan(1);
      expect(await world.settle(who.refused({ type: "ledger.leaf", at, index: size }))).toBe("station/out-of-range");
      const steps = await world.settle(who.expect("log.hashes", { type: "ledger.consistency", at, from: 1, to: size }));
      const hasher = createTreeHasher(nodeSha256);
      const to = accused.station.ledger!.checkpoints.published!.checkpoint.root;
      const from = hasher.leaf(first.leaf);
      expect(verifyConsistency({ size1: 1, size2: size, root1: from, proof: steps.hashes }, to, hasher)).toBe(true);
      for (const [a, b] of [
        [0, 1],
        [2, 1],
        [1, size + 1],
      ] as const)
        expect(await world.settle(who.refused({ type: "ledger.consistency", at, from: a, to: b }))).toBe(
          "station/out-of-range",
        );
      const none = await world.settle(who.expect("ledger.incidents", { type: "ledger.incidents", at }));
      expect(none.incidents).toEqual([]);
    }
    const origin = ledgerOrigin(accused.ref.key);
    expect(await world.settle(client.refused({ type: "witness.latest", origin }))).toBe("station/unknown-log");
    const nobody = new TestPerson("nobody", accused.ref).identity;
    expect(await world.settle(near.refused({ type: "identity.word", identity: nobody, at: undefined }))).toBe(
      "station/unknown-identity",
    );
    await Promise.all([witness.stop(), accused.stop()]);
  });
});

describe("a challenge put through a witness", () => {
  it("E-40 E-41 is answered by an honest station, and the answer handed on", async () => {
    const all = await scene();
    const challenge = await aboutOp(all, 0);
    const answer = await put(all, challenge);
    if (answer.type !== "challenge.answered") throw new Error(answer.type);
    const asked = await checkChallenge(challenge, evidence);
    if (!asked.ok) throw new Error(asked.code);
    expect(await checkAnswer(asked.value, answer.answer, evidence)).toMatchObject({ ok: true, value: { kind: "op" } });
    expect(await unansweredLeaves(all.witness)).toEqual([]);
  });

  it("E-40 E-41 gives an entry to whoever may read the log, and accuses nobody in a stranger's name", async () => {
    const all = await scene();
    const { world, accused, witness, client, person } = all;
    const room = new TestRoom(1);
    const log: LogId = room.idAt(accused.ref.key);
    const writer = await world.client(accused);
    await world.settle(writer.auth(person.identity, person.phone));
    await world.settle(writer.expect("log.state", { type: "log.create", genesis: room.genesis }));
    await world.settle(writer.openRoom(room, log));
    const entry = room.message("hello");
    const { receipt } = await world.settle(writer.expect("receipt", { type: "log.append", log, entry }));
    const leafHash = evidence.hasher.leaf(entry);
    const decoded = decodeReceipt(receipt, { stationKey: accused.ref.key, logId: log, leafHash });
    if (!decoded.ok) throw new Error(decoded.code);
    const bytes = encodeStatement(decoded.value, FULL_FORM);
    const challenge = encodeChallenge(challengeOf(accused, { kind: "entry", subject: log, index: 1, bytes }));
    const ask = { type: "challenge.put", accused: accused.ref, challenge } as const;
    const proofBy = async (signer: ReturnType<TestRoom["readSigner"]>) => ({
      key: signer.publicKey,
      signature: await signer.sign(mirrorMessage(witness.ref.key, log)),
    });
    expect(await world.settle(client.refused({ ...ask, read: undefined }))).toBe("station/bad-signature");
    const stranger = await proofBy(new TestRoom(2).readSigner(0));
    expect(await world.settle(client.refused({ ...ask, read: stranger }))).toBe("station/not-allowed");
    const read = await proofBy(room.readSigner(0));
    const answer = await world.settle(client.expect("challenge.answered", { ...ask, read }));
    const given = decodeAnswer(answer.answer);
    expect(given.ok && given.value.kind === "entry" && given.value.entry).toEqual(entry);
    // What is gone is answered by a manifest, which is signed.
    const hole = { first: 1, count: 1, status: "expired", tombstone: undefined } as const;
    await accused.store.commit([{ kind: "hole", log, hole }]);
    const later = encodeChallenge({
      ...challengeOf(accused, { kind: "entry", subject: log, index: 1, bytes }),
      timeMs: 2,
    });
    const gone = await world.settle(client.expect("challenge.answered", { ...ask, challenge: later, read }));
    const asked = await checkChallenge(later, evidence);
    const checked = asked.ok ? await checkAnswer(asked.value, gone.answer, evidence) : asked;
    expect(checked).toMatchObject({ ok: true, value: { kind: "manifest", item: 0 } });
    expect(await unansweredLeaves(witness)).toEqual([]);
  });

  for (const [how, read] of [
    ["gives nothing", async () => undefined],
    ["says nothing while it is there", () => new Promise(() => undefined)],
    ["gives another op", async () => new TestPerson("other", { key: new Uint8Array(32) as never, urls: [] }).ops],
  ] as const) {
    it(`E-41 E-42 is recorded once when the accused ${how}, and makes a bundle that verifies`, async () => {
      const all = await scene((own) => bent(own, "ledger", "chain", read));
      const challenge = await aboutOp(all, 0);
      const both = await Promise.all([put(all, challenge), put(all, challenge)]);
      const again = await put(all, challenge);
      const [answer] = both;
      if (answer.type !== "challenge.unanswered" || answer.index === undefined) throw new Error(answer.type);
      expect([...both, again].every((one) => one.type === "challenge.unanswered" && one.index === answer.index)).toBe(
        true,
      );
      expect(await unansweredLeaves(all.witness)).toEqual([challengeHash(challenge, nodeSha256)]);
      await all.world.clock.advance(20_000);
      const ask = { type: "ledger.leaf", at: undefined, index: answer.index } as const;
      const leaf = await all.world.settle(all.client.expect("ledger.leaf", ask));
      const parts = { challenge, witness: all.witness.ref.key, leaf };
      const made = await unansweredBundle(parts, all.accused.ref.key, evidence);
      if (!made.ok) throw new Error(made.code);
      expect(await verifyBundle(encodeBundle(made.value), evidence)).toMatchObject({
        ok: true,
        value: { shape: "unanswered" },
      });
      expect(all.witness.observer.notes.map(({ event }) => event)).toContain("challenge unanswered");
    });
  }

  it("E-41 records nothing when the accused cannot be reached, and may be put again", async () => {
    const all = await scene();
    const challenge = await aboutOp(all, 0);
    await all.accused.stop();
    expect(await put(all, challenge)).toEqual({ type: "challenge.unanswered", index: undefined });
    expect(await unansweredLeaves(all.witness)).toEqual([]);
    await all.world.station("b", { store: all.accused.store, region: "DE" });
    expect((await put(all, challenge)).type).toBe("challenge.answered");
  });

  it("E-41 E-42 is refused without a basis that the accused signed, and beyond eight a minute", async () => {
    const all = await scene();
    const challenge = await aboutOp(all, 0);
    const beyond = await aboutOp(all, 5);
    for (const bytes of [beyond, challenge.with(100, challenge[100]! ^ 1), new Uint8Array(9)])
      expect(await put(all, bytes)).toMatchObject({ code: "station/bad-signature" });
    const other = { ...all, accused: all.witness };
    expect(await put(other, challenge)).toMatchObject({ code: "station/not-allowed" });
    for (let i = 4; i < 8; i++) expect((await put(all, challenge)).type).toBe("challenge.answered");
    expect(await put(all, challenge)).toMatchObject({ code: "station/rate-limited" });
    await all.world.clock.advance(8_000);
    expect((await put(all, challenge)).type).toBe("challenge.answered");
  });
});
