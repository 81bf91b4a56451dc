/* A restoration in memory (E-3): an older copy of a store whose log begins anew with the incident, as `station restore` makes it of files. */
import { createTreeHasher, CompactRange } from "@chapar/log";
import { encodeLedgerLeaf } from "@chapar/wire";
import { signingMarkWrite } from "../hub/signing-clock.ts";
import { carriedWrite, LEDGER_CHECKPOINT_NAME, loadState, stateWrite } from "../ledger/state.ts";
import { nodeSha256 } from "../node/node-crypto.ts";
import type { Write } from "../store/port.ts";
import { MemoryStore } from "./memory-store.ts";

/** Whether a write belongs to the generation that ends with the restoration. */
function isOfOldLog(write: Write): boolean {
  if (write.kind === "ledger-map") return write.map === "heads" || write.map === "identities";
  if (write.kind === "meta") return write.name === LEDGER_CHECKPOINT_NAME;
  return write.kind === "ledger-leaf" || write.kind === "ledger-tile";
}

/** A store with the first writes of another, restored at a time; its log must be of the first generation. */
export async function restoredStore(writes: readonly Write[], toMs: number): Promise<MemoryStore> {
  const hasher = createTreeHasher(nodeSha256);
  const copy = new MemoryStore();
  await copy.commit(writes);
  const { timeMs: fromMs } = await loadState(copy, hasher);
  const incident = { kind: "incident", what: "restored", fromMs, toMs, note: "" } as const;
  const begun = { generation: 2, epochs: 0, timeMs: toMs, logMark: 0, accountMark: 0, range: new CompactRange(hasher) };
  const store = new MemoryStore();
  await store.commit([
    ...writes.filter((write) => !isOfOldLog(write)),
    stateWrite(begun),
    carriedWrite([encodeLedgerLeaf(incident)]),
    signingMarkWrite(toMs + 1),
  ]);
  return store;
}
