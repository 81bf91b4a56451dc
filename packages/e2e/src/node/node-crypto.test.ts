import { describe } from "vitest";
import { describeCrypto } from "../testing/describe-crypto.ts";
import { nodeCrypto } from "./node-crypto.ts";

describe("nodeCrypto", () => describeCrypto(nodeCrypto));
