import { describe } from "vitest";
import { describeCrypto } from "../testing/describe-crypto.ts";
import { webCrypto } from "./web-crypto.ts";

describe("webCrypto", () => describeCrypto(() => webCrypto()));
describe("webCrypto without native key algorithms", () => describeCrypto(() => webCrypto({ native: false })));
