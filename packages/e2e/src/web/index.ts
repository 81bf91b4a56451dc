/* Door `@chapar/e2e/web`: what needs a browser. */
export { webCrypto } from "./web-crypto.ts";
