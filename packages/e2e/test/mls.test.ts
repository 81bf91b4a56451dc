import { describe } from "vitest";
import { tsMls } from "../src/mls/ts-mls/ts-mls.ts";
import { nodeCrypto } from "../src/node/node-crypto.ts";
import { describeMls } from "../src/testing/describe-mls.ts";

describe("tsMls in Node", () => describeMls((parts) => tsMls(parts), nodeCrypto));
