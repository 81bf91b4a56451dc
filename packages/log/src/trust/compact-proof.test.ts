import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCheckpointText } from "../checkpoint/text.ts";
import { cosign } from "../note/cosignature.ts";
import { makeVerifierKey, NoteAlgorithm } from "../note/key.ts";
import { signNote } from "../note/sign.ts";
import { inclusionProof } from "../proof/inclusion.ts";
import { testHasher, testSha256, testSigner } from "../testing/primitives.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { decodeCompactProof, encodeCompactProof } from "./compact-proof.ts";
import { encodeTlogProof, type TlogProof } from "./tlog-proof.ts";

const hasher = testHasher();
const origin = "station.example/ledger";
const logKey = makeVerifierKey(origin, NoteAlgorithm.ed25519, testSigner(1).publicKey, testSha256);
const witnessKey = makeVerifierKey("w.example", NoteAlgorithm.cosignatureEd25519, testSigner(2).publicKey, testSha256);
const keys = [logKey, witnessKey];

async function proofOf(size: number, index: number): Promise<{ proof: TlogProof; leafHash: Uint8Array }> {
  const tree = new MemoryTree(hasher);
  for (let i = 0; i < size; i++) tree.append(hasher.leaf(Uint8Array.of(i)));
  const checkpoint = { origin, size, root: tree.root() };
  const text = encodeCheckpointText(checkpoint);
  const signatures = [
    await signNote(text, logKey, testSigner(1)),
    await cosign(text, { key: witnessKey, signer: testSigner(2) }, 7n),
  ];
  const inclusion = await inclusionProof(index, size, tree.reader, hasher);
  return {
    proof: { index, inclusion, checkpoint, note: { text, signatures } },
    leafHash: hasher.leaf(Uint8Array.of(index)),
  };
}

describe("a compact proof", () => {
  it("S-15 gives the text of the proof back, byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(39), async (size, place) => {
        const { proof, leafHash } = await proofOf(size, place % size);
        const compact = encodeCompactProof(proof);
        const back = decodeCompactProof(compact, { origin, leafHash, keys }, hasher);
        if (!back.ok) throw new Error(back.code);
        expect(encodeTlogProof(back.value)).toEqual(encodeTlogProof(proof));
        expect(compact.byteLength).toBeLessThan(encodeTlogProof(proof).byteLength / 1.5);
      }),
      { numRuns: 30 },
    );
  });

  it("S-15 drops signatures of unknown keys, and refuses a proof that has no other", async () => {
    const { proof, leafHash } = await proofOf(5, 2);
    const compact = encodeCompactProof(proof);
    const some = decodeCompactProof(compact, { origin, leafHash, keys: [witnessKey] }, hasher);
    expect(some.ok && some.value.note.signatures.map((one) => one.name)).toEqual(["w.example"]);
    const none = decodeCompactProof(compact, { origin, leafHash, keys: [] }, hasher);
    expect(none).toMatchObject({ code: "log/unknown-key" });
  });

  it("S-15 refuses cut and lengthened bytes, and sizes beyond 2^53", async () => {
    const { proof, leafHash } = await proofOf(5, 2);
    const compact = encodeCompactProof(proof);
    const context = { origin, leafHash, keys };
    for (let size = 0; size < compact.byteLength; size++)
      expect(decodeCompactProof(compact.slice(0, size), context, hasher)).toMatchObject({ code: "wire/truncated" });
    expect(decodeCompactProof(Uint8Array.of(...compact, 0), context, hasher)).toMatchObject({ code: "wire/trailing" });
    const huge = Uint8Array.of(0xc0, 0x1f, ...new Uint8Array(6).fill(255), 0xc0, 0x1f, ...new Uint8Array(6).fill(255));
    expect(decodeCompactProof(huge, context, hasher)).toMatchObject({ code: "log/out-of-range" });
  });

  it("S-15 has no form for extension lines, extra data or a path of another length", async () => {
    const { proof } = await proofOf(5, 2);
    for (const bad of [
      { ...proof, extra: Uint8Array.of(1) },
      { ...proof, checkpoint: { ...proof.checkpoint, extensions: ["x"] } },
      { ...proof, inclusion: [] },
    ])
      expect(() => encodeCompactProof(bad)).toThrow("compact");
  });
});
