/*
 * What upkeep-kill.scenario.test.ts kills: a store, a hub, a station log and the jobs that let bodies go, over a real folder.
 * It writes, registers, acknowledges, prunes and removes as fast as it can, and says every signed thing that left it.
 */
import { setImmediate as pause } from "node:timers/promises";
import { signAck } from "@chapar/evidence";
import { systemClock } from "@chapar/carrier/node";
import { stationKey } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import type { Access } from "../src/hub/hot-log.ts";
import { Hub } from "../src/hub/hub.ts";
import { makeManifest } from "../src/hub/manifests.ts";
import { Readers } from "../src/hub/readers.ts";
import { Removals } from "../src/hub/removals.ts";
import { Upkeep } from "../src/hub/upkeep.ts";
import { readHeader } from "../src/hub/append-rules.ts";
import { Ledger } from "../src/ledger/ledger.ts";
import { nodeRng, nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { SqliteStore } from "../src/node/sqlite-store.ts";
import type { StationPorts } from "../src/ports.ts";
import { keyOf, TestRoom } from "../src/testing/index.ts";

const [dataDir = "", life = "0"] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const signer = keyOf("station a");
const reader = keyOf("reader");
const ref = { key: stationKey(signer.publicKey), urls: [] };
const self = { ref, region: "IR", name: "a" };
const observer = { count: () => undefined, note: () => undefined };
const store = await SqliteStore.open({ dataDir });
const ports: StationPorts = {
  sha256: nodeSha256,
  verify: nodeVerifier(),
  signer,
  clock: systemClock(),
  rng: nodeRng,
  store,
  observer,
};
const hub = await Hub.open(ports, self);
const witnessing = { witnesses: [], post: () => Promise.reject(new Error("nobody is asked")) };
const ledger = await Ledger.open(ports, { witnessing, time: hub.time });
const upkeep = new Upkeep({ ports, self, hub, timeToLiveMs: undefined });
const readers = new Readers({ ports, self, hub, acknowledged: () => undefined });
const removals = new Removals(ports, hub, ledger);
const never = new AbortController().signal;
const room = new TestRoom(1);
const { log } = await hub.create(room.genesis, hub.readGenesis(room.genesis));
const hot = await hub.cache.getOrMake({
  log,
  kind: "room",
  genesis: room.genesis,
  epoch: 0,
  writeKey: room.writeSigner(0).publicKey,
  mirror: undefined,
});
const outlet = {
  sendShared: () => undefined,
  unsentBytes: 0,
  drained: () => Promise.resolve(),
  closed: false,
  takesEphemeral: false,
  offer: () => undefined,
};
const access: Access = hub.newAccess(hot, outlet);
access.read = { from: 0, until: undefined };

async function write(): Promise<void> {
  const texts = Array.from({ length: 4 }, (_, i) => room.message(`${life} ${hot.size} ${i}`));
  await Promise.all(
    texts.map(async (entry) => {
      const read = readHeader(entry);
      if (read.ok) await hub.append(hot, entry, read.header, 0);
    }),
  );
}

async function manifest(): Promise<void> {
  const range = { reader: reader.publicKey, first: Math.max(0, hot.size - 200), count: 256 };
  const outcome = await makeManifest({ ports, hub }, access, range);
  if ("manifest" in outcome) say(`manifest ${toHex(outcome.manifest)}`);
}

/** Epochs, until something that waits for one is done. */
async function turnUntil(work: Promise<unknown>): Promise<void> {
  const state = { isDone: false };
  const done = work.finally(() => (state.isDone = true));
  while (!state.isDone) {
    await ledger.commitEpoch();
    await pause();
  }
  await done;
}

async function remove(index: number): Promise<void> {
  const { ledgerIndex } = await removals.order({ log, index, reason: "order", reference: "1" });
  say(`removed ${index} ${ledgerIndex}`);
}

await turnUntil(removals.resume());
for (let turn = 0; ; turn++) {
  await write();
  say(`word ${toHex(await readers.register(access, reader.publicKey, turn % 7))}`);
  const upTo = Math.max(1, hot.size - 3 - (turn % 5));
  await readers.acknowledge(access, await signAck({ station: ref.key, log, upTo }, reader));
  say(`acked ${upTo}`);
  await Promise.all([upkeep.tend(log, never), manifest()]);
  if (turn % 3 === 0) await turnUntil(remove(hot.size - 1));
  await manifest();
  await ledger.commitEpoch();
}
