import { type Signer, utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint } from "../checkpoint/open.ts";
import { encodeCheckpointText } from "../checkpoint/text.ts";
import { makeVerifierKey, NoteAlgorithm } from "../note/key.ts";
import type { Note } from "../note/note.ts";
import { signNote } from "../note/sign.ts";
import { consistencyProof } from "../proof/consistency.ts";
import {
  describeWitnessStore,
  leafHashes,
  testHasher,
  testSha256,
  testSigner,
  testVerifier,
} from "../testing/index.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { readWitnessAnswer } from "./client.ts";
import type { CosignedHead } from "./judge.ts";
import {
  decodeAddCheckpoint,
  decodeConflictSize,
  decodeSignatureLines,
  encodeAddCheckpoint,
  encodeSignatureLines,
  monitorPath,
  TLOG_SIZE_TYPE,
} from "./request.ts";
import type { WitnessAnswer } from "./step.ts";
import { Witness, type WitnessStore } from "./witness.ts";

const hasher = testHasher();
const primitives = { sha256: testSha256, ed25519: testVerifier };
const ORIGIN = "example.com/log";
const logSigner = testSigner(1);
const logKey = makeVerifierKey(ORIGIN, NoteAlgorithm.ed25519, logSigner.publicKey, testSha256);
const witnessSigner = testSigner(2);
const witnessKey = makeVerifierKey("w.example", NoteAlgorithm.cosignatureEd25519, witnessSigner.publicKey, testSha256);

function treeOf(count: number, twist = ""): MemoryTree {
  const tree = new MemoryTree(hasher);
  for (const leaf of leafHashes(count, hasher)) tree.append(leaf);
  if (twist !== "") tree.append(hasher.leaf(utf8(twist)));
  return tree;
}

async function noteFor(size: number, root: Uint8Array, origin = ORIGIN): Promise<Note> {
  const text = encodeCheckpointText({ origin, size, root });
  return { text, signatures: [await signNote(text, logKey, logSigner)] };
}

async function bodyFor(tree: MemoryTree, oldSize: number, size = tree.size): Promise<Uint8Array> {
  const proof = oldSize > 0 && oldSize <= size ? await consistencyProof(oldSize, size, tree.reader, hasher) : [];
  return encodeAddCheckpoint(oldSize, proof, await noteFor(size, tree.root(size)));
}

/** A store in memory whose disk outlives a witness, and that can be killed or told to fail. */
class TestStore implements WitnessStore {
  readonly disk = new Map<string, CosignedHead>();
  readonly published = new Map<string, Uint8Array>();
  isFull = false;
  async load(): Promise<ReadonlyMap<string, CosignedHead>> {
    return new Map(this.disk);
  }
  async save(origin: string, head: CosignedHead): Promise<void> {
    if (this.isFull) throw new Error("disk full");
    this.disk.set(origin, head);
  }
  async publish(origin: string, checkpoint: Uint8Array): Promise<void> {
    this.published.set(origin, checkpoint);
  }
}

function openWitness(
  store: WitnessStore,
  sign: Signer["sign"] = (message) => witnessSigner.sign(message),
): Promise<Witness> {
  const cosigners = [{ key: witnessKey, signer: { publicKey: witnessSigner.publicKey, sign } }];
  return Witness.open({
    logs: new Map([[ORIGIN, [logKey]]]),
    cosigners,
    primitives,
    store,
    nowSeconds: () => 1_800_000_000n,
  });
}

async function statusOf(witness: Witness, body: Uint8Array): Promise<number> {
  return (await witness.addCheckpoint(body)).status;
}

describeWitnessStore("of these tests", {
  fresh: async () => new TestStore(),
  reopen: async (store) => store,
});

describe("the table of a witness", () => {
  it("L-56 200: cosigns a first checkpoint, a later one, and the same one again", async () => {
    const store = new TestStore();
    const witness = await openWitness(store);
    for (const [size, oldSize] of [
      [3, 0],
      [11, 3],
      [11, 11],
    ] as const) {
      const tree = treeOf(size);
      const answer = await witness.addCheckpoint(await bodyFor(tree, oldSize));
      expect(answer.status).toBe(200);
      const outcome = await readWitnessAnswer(answer, await noteFor(size, tree.root()), [witnessKey], primitives);
      expect(outcome).toMatchObject({ type: "cosigned", signatures: [{ timeSeconds: 1_800_000_000n }] });
    }
    const published = decodeCheckpoint(store.published.get(ORIGIN) ?? new Uint8Array(0));
    expect(published).toMatchObject({
      ok: true,
      value: { checkpoint: { size: 11 }, note: { signatures: [{ name: ORIGIN }, { name: "w.example" }] } },
    });
  });

  it("L-56 400: malformed, or an old size above the checkpoint's", async () => {
    const witness = await openWitness(new TestStore());
    expect(await statusOf(witness, utf8("old 1\n"))).toBe(400);
    expect(await statusOf(witness, await bodyFor(treeOf(3), 4))).toBe(400);
  });

  it("L-56 403: no signature by a trusted key, or a wrong one", async () => {
    const witness = await openWitness(new TestStore());
    const note = await noteFor(3, treeOf(3).root());
    const [signature] = note.signatures;
    if (signature === undefined) throw new Error("unsigned");
    const unknown = { text: note.text, signatures: [{ ...signature, name: "other" }] };
    const wrong = { text: note.text, signatures: [{ ...signature, signature: new Uint8Array(64) }] };
    expect(await statusOf(witness, encodeAddCheckpoint(0, [], unknown))).toBe(403);
    expect(await statusOf(witness, encodeAddCheckpoint(0, [], wrong))).toBe(403);
    expect(
      await statusOf(
        witness,
        encodeAddCheckpoint(0, [], { ...note, signatures: [...note.signatures, ...wrong.signatures] }),
      ),
    ).toBe(403);
  });

  it("L-56 404: an origin it does not follow, whoever signed", async () => {
    const witness = await openWitness(new TestStore());
    expect(
      await statusOf(witness, encodeAddCheckpoint(0, [], await noteFor(3, treeOf(3).root(), "example.com/x"))),
    ).toBe(404);
  });

  it("L-56 409: tells the size it cosigned last", async () => {
    const witness = await openWitness(new TestStore());
    await witness.addCheckpoint(await bodyFor(treeOf(7), 0));
    const note = await noteFor(11, treeOf(11).root());
    for (const oldSize of [0, 3, 8]) {
      const answer = await witness.addCheckpoint(await bodyFor(treeOf(11), oldSize));
      expect(answer).toMatchObject({ status: 409, contentType: TLOG_SIZE_TYPE, body: utf8("7\n") });
      expect(await readWitnessAnswer(answer, note, [witnessKey], primitives)).toEqual({ type: "conflict", size: 7 });
    }
  });

  it("L-56 422: whatever is not proved to extend the latest", async () => {
    const witness = await openWitness(new TestStore());
    const junk = new Uint8Array(32);
    const ask = async (oldSize: number, proof: Uint8Array[], size: number, root: Uint8Array): Promise<number> =>
      statusOf(witness, encodeAddCheckpoint(oldSize, proof, await noteFor(size, root)));
    expect(await ask(0, [], 0, junk)).toBe(422);
    expect(await ask(0, [junk], 7, treeOf(7).root())).toBe(422);
    expect(await ask(0, [], 7, treeOf(7).root())).toBe(200);
    expect(await ask(7, [], 7, treeOf(6, "x").root())).toBe(422);
    expect(await ask(7, [junk], 7, treeOf(7).root())).toBe(422);
    expect(await ask(7, [], 11, treeOf(11).root())).toBe(422);
    const forked = treeOf(6, "x");
    for (const leaf of leafHashes(4, hasher)) forked.append(leaf);
    expect(await ask(7, await consistencyProof(7, 11, forked.reader, hasher), 11, forked.root())).toBe(422);
    expect(await statusOf(witness, await bodyFor(treeOf(11), 7))).toBe(200);
  });

  it("L-56 the empty tree is cosigned with its own root", async () => {
    const witness = await openWitness(new TestStore());
    expect(await statusOf(witness, encodeAddCheckpoint(0, [], await noteFor(0, hasher.empty())))).toBe(200);
  });

  it("L-57 503 when it cannot store or sign, and nothing is cosigned or forgotten", async () => {
    const store = new TestStore();
    const witness = await openWitness(store);
    store.isFull = true;
    expect(await statusOf(witness, await bodyFor(treeOf(3), 0))).toBe(503);
    store.isFull = false;
    expect(await statusOf(witness, await bodyFor(treeOf(3), 0))).toBe(200);
    const mute = await openWitness(store, () => Promise.reject(new Error("no key")));
    const answer = await mute.addCheckpoint(await bodyFor(treeOf(5), 3));
    expect(answer.status).toBe(503);
    expect(await readWitnessAnswer(answer, await noteFor(5, treeOf(5).root()), [witnessKey], primitives)).toEqual({
      type: "busy",
    });
    expect(await statusOf(await openWitness(store), await bodyFor(treeOf(5), 5))).toBe(200);
  });
});

describe("under races and kills", () => {
  it("L-57 of two forks submitted at once it cosigns one", async () => {
    const witness = await openWitness(new TestStore());
    const bodies = await Promise.all(["a", "b", "c"].map((twist) => bodyFor(treeOf(4, twist), 0)));
    const answers = await Promise.all(bodies.map((body) => statusOf(witness, body)));
    expect(answers.toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  });

  it("L-57 waiting requests are bounded", async () => {
    const witness = await openWitness(new TestStore());
    const body = await bodyFor(treeOf(4), 0);
    const answers = await Promise.all(Array.from({ length: 40 }, () => statusOf(witness, body)));
    expect(answers.filter((status) => status === 503).length).toBe(40 - 17);
  });

  it("L-57 never signs two checkpoints that are not consistent, killed at any instant", async () => {
    const kills = fc.constantFrom("before-save", "after-save", "before-sign", "after-sign", "none");
    const asks = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 9 }), twist: fc.constantFrom("", "x", "y"), kill: kills }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(asks, async (all) => {
        const store = new TestStore();
        const signed: CosignedHead[] = [];
        for (const { size, twist, kill } of all) {
          const never = new Promise<never>(() => undefined);
          const killable: WitnessStore = {
            load: () => store.load(),
            save: async (origin, head) => {
              if (kill !== "before-save") await store.save(origin, head);
              return kill === "before-save" || kill === "after-save" ? never : undefined;
            },
            publish: (origin, note) => store.publish(origin, note),
          };
          const tree = treeOf(size, twist);
          const witness = await openWitness(killable, (message) => {
            if (kill === "before-sign") return never;
            signed.push({ size: tree.size, root: tree.root() });
            return kill === "after-sign" ? never : witnessSigner.sign(message);
          });
          const body = await bodyFor(tree, store.disk.get(ORIGIN)?.size ?? 0);
          await Promise.race([
            witness.addCheckpoint(body),
            new Promise((resolve) => void setImmediate(() => setImmediate(resolve))),
          ]);
        }
        for (const [i, later] of signed.entries()) {
          for (const earlier of signed.slice(0, i)) {
            expect(later.size).toBeGreaterThanOrEqual(earlier.size);
            if (later.size === earlier.size) expect(later.root).toEqual(earlier.root);
            // The only trees in play differ in their last leaf, so a twisted one has no successor.
            const plain = treeOf(earlier.size).root();
            if (later.size > earlier.size) expect(earlier.root).toEqual(plain);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("bodies", () => {
  it("L-55 round-trip, refuse what is not to the letter, never throw", async () => {
    const tree = treeOf(11);
    const body = await bodyFor(tree, 3);
    const decoded = decodeAddCheckpoint(body);
    if (!decoded.ok) throw new Error(decoded.code);
    expect(encodeAddCheckpoint(decoded.value.oldSize, decoded.value.proof, decoded.value.note)).toEqual(body);
    const text = new TextDecoder().decode(body);
    const hash = `${"A".repeat(43)}=\n`;
    for (const bad of [
      text.replace("old 3", "old 03"),
      text.replace("old 3", "old  3"),
      text.replace("old 3", "size 3"),
      text.replace("old 3\n", "old 3\nAA==\n"),
      `old 3\n${hash.repeat(64)}\n${text.slice(text.indexOf("\n\n") + 2)}`,
    ]) {
      expect(decodeAddCheckpoint(utf8(bad))).toMatchObject({ ok: false, code: "log/bad-request" });
    }
    expect(decodeAddCheckpoint(Uint8Array.of(...body, 10))).toMatchObject({ ok: false });
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        expect(decodeAddCheckpoint(junk).ok).toBe(false);
      }),
    );
  });

  it("L-59 answers that break the protocol are seen", async () => {
    const note = await noteFor(3, treeOf(3).root());
    const read = async (status: number, body: string, contentType = TLOG_SIZE_TYPE): Promise<string> => {
      const answer: WitnessAnswer = { status, contentType, body: utf8(body) };
      return (await readWitnessAnswer(answer, note, [witnessKey], primitives)).type;
    };
    expect(await read(200, "")).toBe("broken");
    expect(await read(200, "— other AAAAAAA=\n")).toBe("broken");
    expect(await read(409, "7\n", "text/plain")).toBe("broken");
    expect(await read(409, "07\n")).toBe("broken");
    expect([await read(403, ""), await read(503, ""), await read(429, ""), await read(302, "")]).toEqual([
      "refused",
      "busy",
      "busy",
      "broken",
    ]);
    expect(decodeConflictSize(utf8("7"))).toMatchObject({ ok: false });
    expect(decodeSignatureLines(utf8("— k AAAAAAA=\n\n"))).toMatchObject({ ok: false, code: "log/bad-note" });
  });

  it("L-59 a cosignature without a time is not taken", async () => {
    const note = await noteFor(3, treeOf(3).root());
    const timeless = await witnessSigner.sign(utf8(`cosignature/v1\ntime 0\n${note.text}`));
    const signature = Uint8Array.of(...new Uint8Array(8), ...timeless);
    const body = encodeSignatureLines([{ name: witnessKey.name, keyId: witnessKey.keyId, signature }]);
    const answer = { status: 200, contentType: "text/plain", body };
    expect(await readWitnessAnswer(answer, note, [witnessKey], primitives)).toEqual({ type: "broken" });
  });

  it("L-58 the monitoring path is the hex hash of the origin", () => {
    expect(monitorPath("abc", testSha256)).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad/checkpoint",
    );
  });
});
