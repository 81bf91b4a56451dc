/* Door `@chapar/e2e/testing`: conformance suites of this package's ports and the parties they are played by. */
export { describeCrypto } from "./describe-crypto.ts";
export { describeMls } from "./describe-mls.ts";
export {
  addAll,
  codeOf,
  commitTo,
  type MakeMls,
  makeDevice,
  type MlsParts,
  Party,
  textOf,
  World,
} from "./mls-party.ts";
