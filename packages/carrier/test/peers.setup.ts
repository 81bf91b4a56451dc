/* Starts the conformance peers for tests in a browser, which cannot listen, and tells them where they are. */
import type { TestProject } from "vitest/node";
import { startPeerServer } from "../src/testing/peer-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URLs of the conformance peers of packages/carrier */
    readonly carrierPeers: { readonly url: string; readonly silentUrl: string; readonly refusingUrl: string };
  }
}

/** Runs once before the project's tests. @returns what stops the peers */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPeerServer();
  const { url, silentUrl, refusingUrl } = server;
  project.provide("carrierPeers", { url, silentUrl, refusingUrl });
  return async () => {
    await server[Symbol.asyncDispose]();
  };
}
