import { describe } from "vitest";
import { tsMls } from "../src/mls/ts-mls/ts-mls.ts";
import { describeMls } from "../src/testing/describe-mls.ts";
import { webCrypto } from "../src/web/web-crypto.ts";

describe("tsMls in a browser", () =>
  describeMls(
    (parts) => tsMls(parts),
    () => webCrypto(),
    { killRuns: 5, changeRuns: 3 },
  ));
