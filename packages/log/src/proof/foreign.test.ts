import { fromBase64 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { type ForeignCase, foreignVectors, testHasher } from "../testing/index.ts";
import { verifyConsistency } from "./consistency.ts";
import { verifyInclusion } from "./inclusion.ts";

const hasher = testHasher();

function bytes(value: unknown): Uint8Array {
  const decoded = typeof value === "string" ? fromBase64(value) : new Uint8Array(0);
  if (decoded === undefined) throw new Error("vector is not base64");
  return decoded;
}

function hashes(value: unknown): Uint8Array[] {
  return Array.isArray(value) ? value.map(bytes) : [];
}

function inclusionHolds({ data }: ForeignCase): boolean {
  const claim = { index: Number(data["leafIdx"]), size: Number(data["treeSize"]), leafHash: bytes(data["leafHash"]) };
  return verifyInclusion({ ...claim, proof: hashes(data["proof"]) }, bytes(data["root"]), hasher);
}

function consistencyHolds({ data }: ForeignCase): boolean {
  const claim = { size1: Number(data["size1"]), size2: Number(data["size2"]), root1: bytes(data["root1"]) };
  return verifyConsistency({ ...claim, proof: hashes(data["proof"]) }, bytes(data["root2"]), hasher);
}

function describeFamily(family: string, rule: string, holds: (vector: ForeignCase) => boolean): void {
  const vectors = foreignVectors(family);
  describe(`transparency-dev ${family}`, () => {
    if (vectors === undefined) {
      it(`NOT RUN: the ${family} vectors are not on this machine`, () => expect(vectors).toBeUndefined());
      return;
    }
    it.each(vectors)(`${rule} $path`, (vector) => expect(holds(vector)).toBe(vector.data["wantErr"] === false));
  });
}

describeFamily("merkle/inclusion", "L-6", inclusionHolds);
describeFamily("merkle/consistency", "L-7", consistencyHolds);
