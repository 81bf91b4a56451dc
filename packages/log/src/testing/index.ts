/* Door `@chapar/log/testing`: real primitives, a naive tree and suites for tests of this package and of its users. */
export { testHasher, testSha256, testSigner, testVerifier } from "./primitives.ts";
export { leafHashes, naiveRoot } from "./naive-tree.ts";
export { flipBit, nth } from "./nth.ts";
export { type TestCommit, TestStationLog } from "./station-log.ts";
export { describeWitnessStore } from "./describe-witness-store.ts";
export { describeHashReader } from "./describe-hash-reader.ts";
export { type ForeignCase, foreignVectors } from "./foreign-vectors.ts";
