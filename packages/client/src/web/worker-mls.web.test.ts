/* The Mls port with its work in a worker is the Mls port: the same suite, over the border. */
import type { Mls } from "@chapar/e2e";
import { describeMls } from "@chapar/e2e/testing";
import { webCrypto } from "@chapar/e2e/web";
import { afterAll, describe, expect, it } from "vitest";
import type { ToPage, ToWorker } from "./mls-border.ts";
import { MlsBorder, type WorkerMlsParts } from "./worker-mls.ts";

const worker = new Worker(new URL("mls-worker.ts", import.meta.url), { type: "module" });
const border = new MlsBorder({
  post: (message: ToWorker) => worker.postMessage(message, { transfer: [] }),
  listen: (take) => worker.addEventListener("message", ({ data }: MessageEvent<ToPage>) => take(data)),
});
const make = (parts: Omit<WorkerMlsParts, "suite">): Mls => border.mls({ ...parts, suite: "x25519" });

afterAll(() => worker.terminate());

describe("the Mls port over a worker", () => {
  describeMls(make, () => webCrypto(), { suite: "x25519", killRuns: 0, changeRuns: 2 });

  it("keeps a page's fault apart from a peer's: what a hook throws is thrown, and no code of the table", async () => {
    const crypto = webCrypto();
    const seed = crypto.random(32);
    const device = {
      credential: { identity: crypto.random(20), device: await crypto.ed25519.publicKey(seed) },
      signaturePrivateKey: seed,
    };
    const mls = make({
      authenticate: () => true,
      allow: () => {
        throw new RangeError("the page's own");
      },
      findPsk: () => undefined,
      nowMs: () => Date.now(),
    });
    const { group } = await mls.create(device, crypto.random(20), crypto.random(8));
    await expect(mls.commit(group, { add: [], remove: [] })).rejects.toThrow("the page's own");
  });
});
