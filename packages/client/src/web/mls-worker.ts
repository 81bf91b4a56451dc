/* Entry of the worker that does a page's group encryption. */
import { tsMls } from "@chapar/e2e/mls";
import { webCrypto } from "@chapar/e2e/web";
import type { ToWorker } from "./mls-border.ts";
import { serveMls } from "./serve-mls.ts";

const crypto = webCrypto();
let pageNowMs: (() => number) | undefined;

// The library reads the host's clock itself; here the page's stands for it, so that both sides of the border have one.
const hostNowMs = Date.now.bind(Date);
Object.defineProperty(Date, "now", { value: () => pageNowMs?.() ?? hostNowMs() });

serveMls(
  {
    post: (message) => globalThis.postMessage(message, { transfer: [] }),
    listen: (take) => globalThis.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => take(data)),
  },
  (parts) => {
    pageNowMs = parts.nowMs;
    return tsMls({ crypto, ...parts });
  },
);
