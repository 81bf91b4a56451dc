/*
 * A removal ordered on the machine of the station: of the process that runs on the folder when there is one, else done
 * here, with one turn of the station log that shows the tombstone to the witnesses as a running station would.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@chapar/carrier/node";
import { stationKey } from "@chapar/wire";
import { stationError } from "../errors.ts";
import { Hub } from "../hub/hub.ts";
import { Removals, type RemovalOrder } from "../hub/removals.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { StationPorts } from "../ports.ts";
import type { TombstonePlace } from "../store/port.ts";
import { orderRemoval } from "./control.ts";
import { loadWitnesses } from "./ledger-files.ts";
import { nodeRng, nodeSha256, nodeSigner, nodeVerifier } from "./node-crypto.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { loadStationSeed } from "./station-files.ts";
import { peekCheckpoint, postCheckpoint } from "./witness-post.ts";

const TURN_PAUSE_MS = 200;
/** Turns of the station log after which a removal is left to the next start: the log may not be signed on this copy. */
const MAX_TURNS = 150;

/**
 * Removes the body of an entry and says so in the station log.
 *
 * @throws StationError `station/no-folder` · `station/unknown-log` · `station/out-of-range` · `station/bad-removal` ·
 * `station/pruned` · `station/folder-in-use` a station runs there and does not listen · `station/closed` · of the store
 */
export async function removeEntry(dataDir: string, order: RemovalOrder): Promise<TombstonePlace> {
  if (!existsSync(join(dataDir, "station.sqlite"))) throw stationError("station/no-folder");
  return (await orderRemoval(dataDir, order)) ?? (await removeHere(dataDir, order));
}

async function removeHere(dataDir: string, order: RemovalOrder): Promise<TombstonePlace> {
  await using store = await SqliteStore.open({ dataDir });
  const signer = nodeSigner(loadStationSeed(dataDir));
  const ports: StationPorts = {
    sha256: nodeSha256,
    verify: nodeVerifier(),
    signer,
    clock: systemClock(),
    rng: nodeRng,
    store,
    observer: { count: () => undefined, note: () => undefined },
  };
  const self = { ref: { key: stationKey(signer.publicKey), urls: [] }, region: "ZZ", name: "" };
  const hub = await Hub.open(ports, self);
  const witnesses = loadWitnesses(dataDir);
  const witnessing = { witnesses, post: postCheckpoint, peek: peekCheckpoint };
  const ledger = await Ledger.open(ports, { witnessing, time: hub.time });
  const removals = new Removals(ports, hub, ledger);
  const stop = new AbortController();
  const done = removals.order(order).finally(() => stop.abort());
  done.catch(() => undefined);
  for (let turns = 0; !stop.signal.aborted; turns++) {
    if (turns === MAX_TURNS) throw stationError("station/closed");
    await ports.clock.sleep(TURN_PAUSE_MS, stop.signal).catch(() => undefined);
    if (!stop.signal.aborted) await ledger.turn(new AbortController().signal);
  }
  await ledger.checkpoints.idle();
  return await done;
}
