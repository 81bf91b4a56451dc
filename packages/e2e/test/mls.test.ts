import { describe } from "vitest";
import { tsMls } from "../src/mls/ts-mls/ts-mls.ts";
import { nodeCrypto } from "../src/node/node-crypto.ts";
import { describeMls } from "../src/testing/describe-mls.ts";

describe("tsMls in Node", () => describeMls((parts) => tsMls({ ...parts, suite: "x-wing" }), nodeCrypto));

describe("tsMls in Node, suite 0x0001", () =>
  describeMls((parts) => tsMls({ ...parts, suite: "x25519" }), nodeCrypto, {
    suite: "x25519",
    killRuns: 10,
    changeRuns: 6,
  }));
