/* Starts the conformance peers for tests in a browser, which cannot listen, and a volunteer who leads to them, and tells where they are. */
import type { TestProject } from "vitest/node";
import { systemClock } from "../src/node/index.ts";
import { formatSnowRoute } from "../src/snow/snow-route.ts";
import { conformancePeers, type PeerName } from "../src/testing/peers.ts";
import { startPeerServer } from "../src/testing/peer-server.ts";
import { freshIdentity, sealedDoor } from "../src/testing/relay-world.ts";
import { ready, snowWorld } from "../src/testing/snow-world.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URLs of the conformance peers of packages/carrier */
    readonly carrierPeers: { readonly url: string; readonly silentUrl: string; readonly refusingUrl: string };
    /** routes through a volunteer of this process to the same peers */
    readonly snowRoutes: {
      readonly peers: Readonly<Record<PeerName, string>>;
      readonly refusing: string;
      readonly silent: string;
    };
  }
}

/** Runs once before the project's tests. @returns what stops the peers */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPeerServer();
  const { url, silentUrl, refusingUrl } = server;
  project.provide("carrierPeers", { url, silentUrl, refusingUrl });
  const made = Object.entries(conformancePeers(systemClock())).map(
    async ([name, act]) => [name, await sealedDoor(act)] as const,
  );
  const doors = await Promise.all(made);
  const world = await snowWorld(doors.map(([, { place }]) => place));
  await ready(world.volunteer());
  const peers = Object.fromEntries(doors.map(([name, { identity }]) => [name, world.route(identity.publicKey)]));
  const nobody = (inner: string): string =>
    formatSnowRoute({ inner, station: freshIdentity().publicKey, stun: undefined });
  project.provide("snowRoutes", {
    peers: peers as Record<PeerName, string>,
    refusing: nobody(refusingUrl),
    silent: nobody(silentUrl),
  });
  return async () => {
    const all = [server, world, ...doors.map(([, door]) => door)];
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
  };
}
