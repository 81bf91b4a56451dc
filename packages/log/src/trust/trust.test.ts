import { utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint } from "../checkpoint/open.ts";
import { encodeCheckpointText } from "../checkpoint/text.ts";
import { cosign } from "../note/cosignature.ts";
import { formatVerifierKey, makeVerifierKey, NoteAlgorithm, type VerifierKey } from "../note/key.ts";
import { signNote } from "../note/sign.ts";
import { inclusionProof } from "../proof/inclusion.ts";
import { leafHashes, nth, testHasher, testSha256, testSigner, testVerifier } from "../testing/index.ts";
import { MemoryTree } from "../tree/memory-tree.ts";
import { acceptCheckpoint } from "./accept.ts";
import { isQuorum, parsePolicy, type Policy } from "./policy.ts";
import { decodeTlogProof, encodeTlogProof, verifyTlogProof } from "./tlog-proof.ts";

const primitives = { sha256: testSha256, ed25519: testVerifier };
const hasher = testHasher();
const key = (fill: number, name: string, algorithm: NoteAlgorithm): VerifierKey =>
  makeVerifierKey(name, algorithm, testSigner(fill).publicKey, testSha256);
const logKey = key(1, "example.com/log", NoteAlgorithm.ed25519);
const witnessKey = (fill: number): VerifierKey =>
  key(fill, `witness.example/${fill}`, NoteAlgorithm.cosignatureEd25519);
const LOG = `log ${formatVerifierKey(logKey)} https://example.com/log`;
const WITNESSES = [11, 12, 13, 14, 15, 16].map((fill) => `witness w${fill} ${formatVerifierKey(witnessKey(fill))}`);
const GROUPS = ["group X 2 w11 w12 w13", "group Y any w14 w15 w16", "group XY all X Y"];

function parse(...lines: string[]): ReturnType<typeof parsePolicy> {
  return parsePolicy(utf8(lines.map((line) => `${line}\n`).join("")), testSha256);
}

function policy(...lines: string[]): Policy {
  const parsed = parse(...lines);
  if (!parsed.ok) throw new Error(`line ${parsed.offset}`);
  return parsed.value;
}

describe("policies", () => {
  it("L-47 the example of the specification: two of X and one of Y", () => {
    const two = policy("# comment", "", `\t${LOG}  `, ...WITNESSES, ...GROUPS, "quorum XY");
    const names = WITNESSES.map((line) => line.split(" ")[1] ?? "");
    fc.assert(
      fc.property(fc.subarray(names), (cosigned) => {
        const x = cosigned.filter((name) => ["w11", "w12", "w13"].includes(name)).length;
        expect(isQuorum(two, new Set(cosigned))).toBe(x >= 2 && cosigned.length > x);
      }),
    );
    expect(isQuorum(two, new Set(["X", "Y", "XY"]))).toBe(false);
    expect(isQuorum(policy(...WITNESSES, "quorum w12"), new Set(["w12"]))).toBe(true);
    expect(isQuorum(policy("quorum none"), new Set())).toBe(true);
  });

  it("L-47 names are octets, key order is free, logs and witnesses may follow the quorum", () => {
    const latin = policy(nth(WITNESSES, 0).replace("w11", "té"), "quorum té", LOG, nth(WITNESSES, 1));
    expect([...latin.witnesses.keys()]).toEqual(["t\u00c3\u00a9", "w12"]);
    expect(latin.logs).toMatchObject([{ url: "https://example.com/log", key: { name: "example.com/log" } }]);
  });

  const [w1 = "", w2 = ""] = WITNESSES;
  it.each([
    ["no quorum", [LOG]],
    ["two quorums", ["quorum none", "quorum none"]],
    ["an unknown keyword", ["wittness", "quorum none"]],
    ["a quorum defined later", ["quorum w11", w1]],
    ["two quorum names", [w1, w2, "quorum w11 w12"]],
    ["a log twice", [LOG, LOG, "quorum none"]],
    ["a witness key twice", [w1, w1.replace("w11", "w0"), "quorum none"]],
    ["a name twice", [w1, w2.replace("w12", "w11"), "quorum none"]],
    ["the name none", [w1.replace("w11", "none"), "quorum none"]],
    ["none as a member", [w1, "group g any none", "quorum g"]],
    ["an empty group", [w1, "group g any", "quorum none"]],
    ["a member of two groups", [w1, "group g any w11", "group h any w11", "quorum g"]],
    ["a member twice", [w1, "group g 1 w11 w11", "quorum g"]],
    ["a threshold of 0", [w1, "group g 0 w11", "quorum g"]],
    ["a threshold above the members", [w1, "group g 2 w11", "quorum g"]],
    ["a log key as witness", [`witness l ${formatVerifierKey(logKey)}`, "quorum none"]],
    ["a witness key as log", [`log ${formatVerifierKey(witnessKey(11))}`, "quorum none"]],
    ["items too many", [`${LOG} more`, "quorum none"]],
    ["a carriage return", ["quorum none\r"]],
    ["a delete character", ["# \u007f", "quorum none"]],
  ])("L-47 refuses %s", (_, lines) => expect(parse(...lines)).toMatchObject({ ok: false, code: "log/bad-policy" }));

  it("L-47 refuses a last line without newline, and never throws", () => {
    expect(parsePolicy(utf8("quorum none"), testSha256)).toMatchObject({ code: "log/bad-policy" });
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        expect(parsePolicy(junk, testSha256).ok).toBe(false);
      }),
    );
  });
});

function accept(rules: Policy, bytes: Uint8Array): ReturnType<typeof acceptCheckpoint> {
  return acceptCheckpoint(bytes, rules, primitives);
}

function decode(text: string): ReturnType<typeof decodeTlogProof> {
  return decodeTlogProof(utf8(text));
}

describe("checkpoints under a policy, and proofs of logging", () => {
  const leaves = leafHashes(20, hasher);
  const tree = new MemoryTree(hasher);
  for (const leaf of leaves) tree.append(leaf);

  async function checkpoint(witnesses: readonly number[], origin = "example.com/log"): Promise<Uint8Array> {
    const head = { origin, size: 20, root: tree.root() };
    const text = encodeCheckpointText(head);
    const cosigned = await Promise.all(
      witnesses.map((fill) => cosign(text, { key: witnessKey(fill), signer: testSigner(fill) }, 9n)),
    );
    return encodeCheckpoint(head, [await signNote(text, logKey, testSigner(1)), ...cosigned]);
  }

  const rules = policy(LOG, ...WITNESSES, ...GROUPS, "quorum XY");

  it("L-47 accepts a quorum, and names what is missing", async () => {
    expect(await accept(rules, await checkpoint([11, 13, 16]))).toMatchObject({
      ok: true,
      value: { witnesses: new Set(["w11", "w13", "w16"]) },
    });
    expect(await accept(rules, await checkpoint([11, 16]))).toEqual({ ok: false, code: "log/quorum" });
    expect(await accept(rules, await checkpoint([11, 13, 16], "example.com/other"))).toEqual({
      ok: false,
      code: "log/wrong-origin",
    });
    const decoded = decodeCheckpoint(await checkpoint([11, 13, 16]));
    if (!decoded.ok) throw new Error(decoded.code);
    const unsigned = encodeCheckpoint(decoded.value.checkpoint, decoded.value.note.signatures.slice(1));
    expect(await accept(rules, unsigned)).toEqual({ ok: false, code: "log/unknown-key" });
  });

  it("L-46 a proof of logging verifies offline and any other leaf, index or hash does not", async () => {
    const decoded = decodeCheckpoint(await checkpoint([11, 13, 16]));
    if (!decoded.ok) throw new Error(decoded.code);
    const inclusion = await inclusionProof(5, 20, tree.reader, hasher);
    const made = { ...decoded.value, index: 5, inclusion, extra: utf8("extra") };
    const bytes = encodeTlogProof(made);
    const proof = decodeTlogProof(bytes);
    if (!proof.ok) throw new Error(proof.code);
    expect(proof.value).toEqual(made);
    const verify = async (change: object, leaf = 5): Promise<unknown> =>
      verifyTlogProof({ ...proof.value, ...change }, nth(leaves, leaf), rules, primitives);
    expect(await verify({})).toMatchObject({ ok: true });
    expect(await verify({}, 6)).toEqual({ ok: false, code: "log/bad-root" });
    expect(await verify({ index: 6 })).toEqual({ ok: false, code: "log/bad-root" });
    expect(await verify({ inclusion: inclusion.slice(1) })).toEqual({ ok: false, code: "log/bad-root" });
  });

  it("L-46 decoding is strict and never throws", async () => {
    const note = new TextDecoder().decode(await checkpoint([]));
    const hash = "A".repeat(43) + "=";
    expect(decode(`c2sp.org/tlog-proof@v1\nindex 0\n${hash}\n\n${note}`)).toMatchObject({
      ok: true,
      value: { index: 0 },
    });
    for (const head of [
      "c2sp.org/tlog-proof@v2\nindex 0\n",
      "c2sp.org/tlog-proof@v1\n",
      "c2sp.org/tlog-proof@v1\nindex 00\n",
      "c2sp.org/tlog-proof@v1\nextra \nindex 0\n",
      "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n",
      "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n",
      `c2sp.org/tlog-proof@v1\nindex 0\n${`${hash}\n`.repeat(64)}`,
    ]) {
      expect(decode(`${head}\n${note}`)).toMatchObject({ ok: false, code: "log/bad-proof" });
    }
    expect(decode(`c2sp.org/tlog-proof@v1\nindex 0\n\n${note}\n`)).toMatchObject({ ok: false, code: "log/bad-note" });
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        expect(decodeTlogProof(junk).ok).toBe(false);
      }),
    );
  });
});
