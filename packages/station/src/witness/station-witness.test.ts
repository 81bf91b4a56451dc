/* The witness of a station: whose logs it cosigns, what hostile logs get, what it remembers. */
import {
  consistencyProof,
  createTreeHasher,
  decodeSignatureLines,
  encodeAddCheckpoint,
  encodeCheckpointText,
  makeVerifierKey,
  MemoryTree,
  monitorPath,
  NoteAlgorithm,
  openCheckpoint,
  parseVerifierKey,
  signNote,
  type NoteSignature,
} from "@chapar/log";
import { describeWitnessStore } from "@chapar/log/testing";
import { ledgerOrigin } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../node/node-crypto.ts";
import { LedgerWorld, type TestLedger } from "../testing/ledger-world.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { keyOf } from "../testing/test-person.ts";
import { StationWitness, witnessStore } from "./station-witness.ts";

const hasher = createTreeHasher(nodeSha256);
const primitives = { sha256: nodeSha256, ed25519: nodeVerifier() };

/** A log that says what it likes under a station's key. */
class Liar {
  readonly #name: string;
  readonly origin: string;

  constructor(name: string, station: TestLedger) {
    this.#name = name;
    this.origin = ledgerOrigin(station.ref.key);
  }

  tree(size: number, salt = 0): MemoryTree {
    const tree = new MemoryTree(hasher);
    for (let i = 0; i < size; i++) tree.append(hasher.leaf(Uint8Array.of(i, i < 3 ? 0 : salt)));
    return tree;
  }

  async note(
    tree: MemoryTree,
    extensions: readonly string[] = [],
  ): Promise<{ text: string; signatures: NoteSignature[] }> {
    const signer = keyOf(`station ${this.#name}`);
    const key = makeVerifierKey(this.origin, NoteAlgorithm.ed25519, signer.publicKey, nodeSha256);
    const text = encodeCheckpointText({ origin: this.origin, size: tree.size, root: tree.root(), extensions });
    return { text, signatures: [await signNote(text, key, signer)] };
  }

  async request(from: number, size: number, salt = 0): Promise<Uint8Array> {
    const tree = this.tree(size, salt);
    const proof = from > 0 && from < size ? await consistencyProof(from, size, tree.reader, hasher) : [];
    return encodeAddCheckpoint(from, proof, await this.note(tree));
  }
}

async function setting(
  store = new MemoryStore(),
): Promise<{ world: LedgerWorld; w: TestLedger; a: TestLedger; liar: Liar }> {
  const world = new LedgerWorld();
  const w = await world.ledger("w", { store });
  const a = await world.ledger("a");
  return { world, w, a, liar: new Liar("a", a) };
}

describe("a station's witness", () => {
  it("S-22 cosigns logs of stations on its operator's list only, from when they are on it", async () => {
    const { world, w, a, liar } = await setting();
    const body = await liar.request(0, 4);
    expect((await w.witness.addCheckpoint(body)).status).toBe(404);
    await world.introduce(a, w);
    const answer = await w.witness.addCheckpoint(body);
    expect(answer.status).toBe(200);
    expect(decodeSignatureLines(answer.body)).toMatchObject({ ok: true, value: [{ name: w.witness.key.name }] });
    const shown = await w.witness.checkpoint(monitorPath(liar.origin, nodeSha256));
    const opened = await openCheckpoint(shown!, [w.witness.key], primitives);
    expect(opened).toMatchObject({ ok: true, value: { checkpoint: { size: 4 } } });
    expect(await w.witness.checkpoint(monitorPath("nobody", nodeSha256))).toBeUndefined();
    expect(await w.witness.checkpoint("../checkpoint")).toBeUndefined();
  });

  it("S-22 never cosigns two logs under one key, whatever is tried", async () => {
    const { world, w, a, liar } = await setting();
    await world.introduce(a, w);
    const status = async (body: Uint8Array): Promise<number> => (await w.witness.addCheckpoint(body)).status;
    expect(await status(await liar.request(0, 5))).toBe(200);
    const before = await w.ports.store.ledger.witnessHeads();
    expect(await status(await liar.request(0, 6, 1))).toBe(409);
    expect(await status(await liar.request(5, 6, 1))).toBe(422);
    expect(await status(await liar.request(5, 5, 1))).toBe(422);
    expect(await status(await liar.request(3, 4))).toBe(409);
    expect(await status(await liar.request(0, 4))).toBe(409);
    expect(await status(encodeAddCheckpoint(5, [new Uint8Array(32)], await liar.note(liar.tree(6, 1))))).toBe(422);
    expect(await status(encodeAddCheckpoint(6, [], await liar.note(liar.tree(5))))).toBe(400);
    expect(await w.ports.store.ledger.witnessHeads()).toEqual(before);
    expect(await status(await liar.request(5, 9))).toBe(200);
    expect(await status(await liar.request(9, 9))).toBe(200);
  });

  it("S-22 refuses malformed, foreign and oversized requests with the table's status, and keeps nothing of them", async () => {
    const { world, w, a, liar } = await setting();
    await world.introduce(a, w);
    const good = new TextDecoder().decode(await liar.request(0, 4));
    const note = await liar.note(liar.tree(4));
    const stranger = { ...note, signatures: note.signatures.map((one) => ({ ...one, keyId: 1 })) };
    const cases: (readonly [status: number, body: string | Uint8Array])[] = [
      [400, ""],
      [400, good.replace("old 0", "old 00")],
      [400, good.replace("old 0", "old -1")],
      [400, good.replace("\n\n", "\nAAAA\n\n")],
      [400, good.replace("old 0\n", `old 0\n${`${"A".repeat(43)}=\n`.repeat(64)}`)],
      [400, good.replace("\n4\n", "\n04\n")],
      [400, good.replace("\n4\n", "\n9007199254740993\n")],
      [400, `${good}\n`],
      [400, good.slice(0, -20)],
      [400, good.replace("\n4\n", "\n4\u0000\n")],
      [404, good.replaceAll(liar.origin, "elsewhere.example/log")],
      [403, good.replace("\n4\n", "\n5\n")],
      [403, encodeAddCheckpoint(0, [], stranger)],
      [413, new Uint8Array(64 * 1024 + 1)],
      [413, new Uint8Array(10_000_000)],
    ];
    for (const [status, body] of cases) {
      const bytes = typeof body === "string" ? utf8(body) : body;
      const answer = await w.witness.addCheckpoint(bytes);
      expect([status, answer.status, answer.body.byteLength]).toEqual([status, status, 0]);
    }
    expect(await w.ports.store.ledger.witnessHeads()).toEqual([]);
    // Extension lines are part of what is signed: a checkpoint with them is cosigned as it is.
    const extended = encodeAddCheckpoint(0, [], await liar.note(liar.tree(4), ["more"]));
    expect((await w.witness.addCheckpoint(extended)).status).toBe(200);
  });

  it("S-22 answers 503 and cosigns nothing when the head cannot be stored, and remembers over a restart what was", async () => {
    const store = new MemoryStore();
    const { world, w, a, liar } = await setting(store);
    await world.introduce(a, w);
    store.fail("station/storage-full");
    expect((await w.witness.addCheckpoint(await liar.request(0, 4))).status).toBe(503);
    store.fail(undefined);
    expect((await w.witness.addCheckpoint(await liar.request(0, 4))).status).toBe(200);
    const self = { ref: w.ref, region: "IR", name: "w" };
    const again = await StationWitness.open(w.ports, self, keyOf("witness w"));
    expect((await again.addCheckpoint(await liar.request(0, 5, 1))).status).toBe(409);
    expect((await again.addCheckpoint(await liar.request(4, 5, 1))).status).toBe(422);
    expect((await again.addCheckpoint(await liar.request(4, 5))).status).toBe(200);
  });

  it("S-1 has a key of its own, named after the station, and says it with its region", async () => {
    const { w } = await setting();
    const [line = "", region, end] = w.witness.keyText.split("\n");
    const key = parseVerifierKey(line, nodeSha256);
    expect(key).toMatchObject({ ok: true, value: { algorithm: NoteAlgorithm.cosignatureEd25519 } });
    expect(key.ok && key.value.name).toMatch(/^[a-z2-7]{52}\/witness$/);
    expect(key.ok && key.value.publicKey).not.toEqual(w.ref.key);
    expect([region, end]).toEqual(["IR", ""]);
  });
});

const stores = new WeakMap<object, MemoryStore>();
describeWitnessStore("over the station's store", {
  fresh: async () => {
    const store = new MemoryStore();
    const made = witnessStore(store);
    stores.set(made, store);
    return made;
  },
  reopen: async (store) => witnessStore(stores.get(store)!),
});
