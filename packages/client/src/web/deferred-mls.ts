/*
 * The group encryption (MLS) is about half of all code, and a person on a slow line can join, write and queue without it:
 * sealing begins when a route opens. So in a browser it is a chunk of its own, fetched when the first group operation asks
 * for it or when `fetchMls` does. A fetch that failed is tried again by the next operation; until then the operation fails
 * like any other that found no network, and the engine's jobs come back to it.
 */
import type { Mls } from "@chapar/e2e";
import type * as MlsCode from "@chapar/e2e/mls";

const module = (): Promise<typeof MlsCode> => import("@chapar/e2e/mls");

/** Fetches the code ahead of its first use. Never rejects: whoever needs it tries again. */
export async function fetchMls(): Promise<void> {
  await module().catch(() => undefined);
}

/**
 * The Mls port over code that may not have arrived yet.
 *
 * @param make  builds the implementation once its code is here
 * @throws (by every method) what the platform's `import` throws when the code cannot be fetched
 */
export function deferredMls(make: (code: typeof MlsCode) => Mls): Mls {
  let loaded: Mls | undefined;
  const mls = async (): Promise<Mls> => (loaded ??= make(await module()));
  return {
    keyPackage: async (device) => (await mls()).keyPackage(device),
    inspect: async (keyPackage) => (await mls()).inspect(keyPackage),
    create: async (device, groupId, context) => (await mls()).create(device, groupId, context),
    load: async (device, records) => (await mls()).load(device, records),
    loadPending: async (device, records) => (await mls()).loadPending(device, records),
    commit: async (group, change) => (await mls()).commit(group, change),
    merge: async (group, pending) => (await mls()).merge(group, pending),
    drop: (group, pending) => {
      // A pending commit is made or loaded by the code itself.
      if (loaded === undefined) throw new TypeError("no pending commit yet");
      return loaded.drop(group, pending);
    },
    join: async (device, keyPackage, welcome, tree) => (await mls()).join(device, keyPackage, welcome, tree),
    sealPsk: async (keyPackage, psk) => (await mls()).sealPsk(keyPackage, psk),
    openPsk: async (keyPackage, sealed) => (await mls()).openPsk(keyPackage, sealed),
    groupInfo: async (group) => (await mls()).groupInfo(group),
    joinExternal: async (device, groupInfo, proof) => (await mls()).joinExternal(device, groupInfo, proof),
    loadPendingJoin: async (device, records) => (await mls()).loadPendingJoin(device, records),
    enter: async (join) => (await mls()).enter(join),
    abandon: (join) => {
      if (loaded === undefined) throw new TypeError("no joining commit yet");
      return loaded.abandon(join);
    },
    seal: async (group, content) => (await mls()).seal(group, content),
    open: async (group, frame) => (await mls()).open(group, frame),
    exportSecret: async (group, label, context, sizeBytes) =>
      (await mls()).exportSecret(group, label, context, sizeBytes),
  };
}
