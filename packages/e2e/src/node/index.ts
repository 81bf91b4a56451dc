/* Door `@chapar/e2e/node`: what needs Node. */
export { nodeCrypto } from "./node-crypto.ts";
