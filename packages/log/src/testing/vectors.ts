/*
 * Makes this package's own test vectors, the same in every run (Ed25519 is deterministic). They are committed under
 * vectors/log/, compared with this in a test, and checked by a second implementation in Python that shares no code.
 */
import { toBase64, toHex, utf8 } from "@chapar/wire/bytes";
import { encodeCheckpointText } from "../checkpoint/text.ts";
import { cosign } from "../note/cosignature.ts";
import { formatVerifierKey, makeVerifierKey, NoteAlgorithm } from "../note/key.ts";
import { encodeNote } from "../note/note.ts";
import { signNote } from "../note/sign.ts";
import { consistencyProof } from "../proof/consistency.ts";
import { inclusionProof } from "../proof/inclusion.ts";
import { BatchBuilder } from "../receipt/batch-builder.ts";
import { contradiction, contradictionByProof, encodeContradiction } from "../receipt/contradiction.ts";
import { encodeStatement, FULL_FORM, type StatementForm } from "../receipt/statement-codec.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { flipBit, nth } from "./nth.ts";
import { testHasher, testSha256, testSigner } from "./primitives.ts";
import { TestStationLog } from "./station-log.ts";

/** One case: what goes in, and what must come out or be refused with. */
export interface VectorCase {
  readonly id: string;
  readonly note: string;
  readonly in: unknown;
  readonly out?: unknown;
  readonly error?: string;
}

/** One file of vectors. */
export interface VectorFile {
  readonly source: string;
  readonly licence: string;
  readonly spec: string;
  readonly cases: readonly VectorCase[];
}

const hasher = testHasher();
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const data = (i: number): Uint8Array => utf8(LEAVES[i % LEAVES.length] ?? "");

function file(spec: string, cases: readonly VectorCase[]): VectorFile {
  return { source: "packages/log/scripts/make-vectors.ts", licence: "Apache-2.0", spec, cases };
}

function treeOf(size: number): MemoryTree {
  const tree = new MemoryTree(hasher);
  for (let i = 0; i < size; i++) tree.append(hasher.leaf(data(i)));
  return tree;
}

function treeCases(): VectorCase[] {
  return [0, 1, 2, 3, 7, 8, 13].map((size) => ({
    id: `tree-${size}`,
    note: `root of ${size} leaves`,
    in: { leaves: Array.from({ length: size }, (_, i) => toHex(data(i))) },
    out: { root: toHex(treeOf(size).root()) },
  }));
}

async function inclusionCases(): Promise<VectorCase[]> {
  const cases: VectorCase[] = [];
  for (const [index, size] of [
    [0, 1],
    [0, 8],
    [5, 8],
    [6, 7],
    [12, 13],
  ] as const) {
    const tree = treeOf(size);
    const proof = (await inclusionProof(index, size, tree.reader, hasher)).map(toHex);
    const claim = { index, size, leafHash: toHex(hasher.leaf(data(index))), proof, root: toHex(tree.root()) };
    const id = `inclusion-${index}-${size}`;
    cases.push({ id, note: "proof from the leaf up", in: claim, out: { ok: true } });
    cases.push({
      id: `${id}-beyond`,
      note: "index equals size",
      in: { ...claim, index: size },
      error: "log/out-of-range",
    });
    cases.push({
      id: `${id}-extra`,
      note: "one hash too many",
      in: { ...claim, proof: [...proof, claim.root] },
      error: "log/bad-proof",
    });
    const root = toHex(flipBit(tree.root(), 100));
    cases.push({ id: `${id}-root`, note: "one bit of the root turned", in: { ...claim, root }, error: "log/bad-root" });
  }
  return cases;
}

async function consistencyCases(): Promise<VectorCase[]> {
  const cases: VectorCase[] = [];
  for (const [size1, size2] of [
    [1, 1],
    [1, 8],
    [4, 8],
    [6, 8],
    [7, 13],
    [13, 13],
  ] as const) {
    const tree = treeOf(size2);
    const proof = (await consistencyProof(size1, size2, tree.reader, hasher)).map(toHex);
    const claim = { size1, size2, root1: toHex(tree.root(size1)), root2: toHex(tree.root(size2)), proof };
    const id = `consistency-${size1}-${size2}`;
    cases.push({ id, note: "proof in RFC 6962 order", in: claim, out: { ok: true } });
    cases.push({
      id: `${id}-zero`,
      note: "from the empty tree",
      in: { ...claim, size1: 0 },
      error: "log/out-of-range",
    });
    cases.push({
      id: `${id}-extra`,
      note: "one hash too many",
      in: { ...claim, proof: [...proof, claim.root1] },
      error: "log/bad-proof",
    });
    const root2 = toHex(flipBit(tree.root(), 7));
    cases.push({
      id: `${id}-root`,
      note: "one bit of the later root turned",
      in: { ...claim, root2 },
      error: "log/bad-root",
    });
  }
  return cases;
}

async function statementCases(): Promise<VectorCase[]> {
  const signer = testSigner(1);
  const stationKey = toHex(signer.publicKey);
  const builder = new BatchBuilder(hasher);
  const claims = Array.from({ length: 5 }, (_, i) => ({
    logId: testSha256(Uint8Array.of(1, i)),
    index: i === 4 ? 2 ** 40 : i * 70,
    leafHash: testSha256(Uint8Array.of(2, i)),
    size: i === 4 ? 2 ** 53 - 1 : i * 70 + 1 + i,
    root: testSha256(Uint8Array.of(3, i)),
  }));
  for (const claim of claims) builder.accept(claim);
  for (const claim of claims) builder.head(claim);
  const batch = await builder.seal(signer, 1_800_000_000_123);
  const forms: StatementForm[] = [{}, FULL_FORM];
  const cases: VectorCase[] = [];
  for (let place = 0; place < builder.size; place++) {
    const statement = batch.statement(place);
    const { kind, size } = statement;
    const out = { kind, size, logId: toHex(statement.logId), root: toHex(statement.root), timeMs: batch.timeMs };
    const accept = statement.kind === "accept" ? { index: statement.index, leafHash: toHex(statement.leafHash) } : {};
    const context = {
      stationKey,
      logId: out.logId,
      ...(accept.leafHash === undefined ? {} : { leafHash: accept.leafHash }),
    };
    forms.forEach((form, f) => {
      const bytes = encodeStatement(statement, form);
      const id = `${kind}-${place}-${f === 0 ? "short" : "full"}`;
      const given = f === 0 ? context : {};
      cases.push({
        id,
        note: `${kind}, ${bytes.byteLength} bytes`,
        in: { bytes: toHex(bytes), stationKey, context: given },
        out: { ...out, ...accept },
      });
      const bad = { stationKey, context: given };
      const trailing = `${toHex(bytes)}00`;
      cases.push({
        id: `${id}-trailing`,
        note: "a byte too many",
        in: { ...bad, bytes: trailing },
        error: "wire/trailing",
      });
      const signature = toHex(flipBit(bytes, bytes.byteLength * 8 - 20));
      cases.push({
        id: `${id}-signature`,
        note: "one bit turned",
        in: { ...bad, bytes: signature },
        error: "log/bad-signature",
      });
    });
  }
  return cases;
}

async function contradictionCases(): Promise<VectorCase[]> {
  const signer = testSigner(1);
  const stationKey = toHex(signer.publicKey);
  const log = (): TestStationLog => new TestStationLog(hasher, signer, testSha256(utf8("log")));
  const honest = await log().commit(["one", "two", "three"], 1000);
  const fork = await log().commit(["one", "TWO", "three"], 1001);
  const small = await log().commit(["one", "two"], 1002);
  const liar = log();
  const long = await liar.commit(["one", "TWO", "three", "four", "five"], 1003);
  const bridge = { other: liar.tree.root(3), proof: await consistencyProof(3, 5, liar.tree.reader, hasher) };
  const leaf = { other: nth(liar.leaves, 1), proof: await inclusionProof(1, 5, liar.tree.reader, hasher) };
  const found = [
    contradiction(honest.head, fork.head),
    contradiction(nth(honest.receipts, 1), nth(long.receipts, 1)),
    contradiction(honest.head, small.head),
    contradictionByProof(honest.head, long.head, bridge, hasher),
    contradictionByProof(nth(honest.receipts, 1), long.head, leaf, hasher),
  ];
  return found.flatMap((one) => {
    if (one === undefined) throw new Error("no contradiction");
    const bytes = encodeContradiction(one);
    const innocent = encodeContradiction({ ...one, b: one.a });
    return [
      {
        id: one.shape,
        note: `${bytes.byteLength} bytes`,
        in: { bytes: toHex(bytes), stationKey },
        out: { shape: one.shape },
      },
      {
        id: `${one.shape}-innocent`,
        note: "one statement twice",
        in: { bytes: toHex(innocent), stationKey },
        error: "log/no-contradiction",
      },
      {
        id: `${one.shape}-trailing`,
        note: "a byte too many",
        in: { bytes: `${toHex(bytes)}00`, stationKey },
        error: "wire/trailing",
      },
    ];
  });
}

async function noteCases(): Promise<VectorCase[]> {
  const log = testSigner(1);
  const witness = testSigner(2);
  const logKey = makeVerifierKey("example.com/log", NoteAlgorithm.ed25519, log.publicKey, testSha256);
  const witnessKey = makeVerifierKey("w.example/1", NoteAlgorithm.cosignatureEd25519, witness.publicKey, testSha256);
  const text = encodeCheckpointText({ origin: logKey.name, size: 13, root: treeOf(13).root() });
  const signatures = [
    await signNote(text, logKey, log),
    await cosign(text, { key: witnessKey, signer: witness }, 1_679_315_147n),
    { name: "unknown", keyId: 7, signature: Uint8Array.of(1) },
  ];
  const keys = [formatVerifierKey(logKey), formatVerifierKey(witnessKey)];
  const bytes = encodeNote({ text, signatures });
  const hex = toHex(bytes);
  const out = { text, signers: [{ name: logKey.name }, { name: witnessKey.name, timeSeconds: "1679315147" }] };
  const altered = toHex(utf8(new TextDecoder().decode(bytes).replace("\n13\n", "\n14\n")));
  const root = toBase64(treeOf(13).root());
  const bare = toHex(utf8(`example.com/log\n13\n${root}\n`));
  return [
    { id: "checkpoint", note: "a log's signature, a cosignature, an unknown one", in: { note: hex, keys }, out },
    {
      id: "one-key",
      note: "only the witness is known",
      in: { note: hex, keys: keys.slice(1) },
      out: { text, signers: out.signers.slice(1) },
    },
    { id: "altered", note: "another size", in: { note: altered, keys }, error: "log/bad-signature" },
    { id: "stranger", note: "no known key", in: { note: hex, keys: [] }, error: "log/unknown-key" },
    { id: "bare", note: "no signatures", in: { note: bare, keys }, error: "log/bad-note" },
    {
      id: "trailing",
      note: "an empty line after the signatures",
      in: { note: `${hex}0a`, keys },
      error: "log/bad-note",
    },
    { id: "control", note: "a tab in the text", in: { note: `09${hex}`, keys }, error: "log/bad-note" },
  ];
}

/** All files, by name, as they stand under vectors/log/. */
export async function makeVectors(): Promise<ReadonlyMap<string, VectorFile>> {
  return new Map([
    ["tree.json", file("RFC 6962 §2.1", treeCases())],
    ["inclusion.json", file("RFC 9162 §2.1.3", await inclusionCases())],
    ["consistency.json", file("RFC 9162 §2.1.4", await consistencyCases())],
    ["statements.json", file("protocol/2-log.md, L-20 to L-24", await statementCases())],
    ["contradictions.json", file("protocol/2-log.md, L-27", await contradictionCases())],
    ["notes.json", file("C2SP signed-note, tlog-checkpoint, tlog-cosignature", await noteCases())],
  ]);
}

/** How a file is written. */
export function formatVectors(vectors: VectorFile): string {
  return `${JSON.stringify(vectors, undefined, 1)}\n`;
}
