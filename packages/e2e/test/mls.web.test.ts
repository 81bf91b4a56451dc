import { describe } from "vitest";
import { tsMls } from "../src/mls/ts-mls/ts-mls.ts";
import { describeMls } from "../src/testing/describe-mls.ts";
import { webCrypto } from "../src/web/web-crypto.ts";

describe("tsMls in a browser", () =>
  describeMls(
    (parts) => tsMls({ ...parts, suite: "x-wing" }),
    () => webCrypto(),
    { killRuns: 5, changeRuns: 3 },
  ));

describe("tsMls in a browser, suite 0x0001", () =>
  describeMls(
    (parts) => tsMls({ ...parts, suite: "x25519" }),
    () => webCrypto(),
    { suite: "x25519", killRuns: 2, changeRuns: 2 },
  ));
