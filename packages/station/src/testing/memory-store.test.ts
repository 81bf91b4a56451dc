import { expect, it } from "vitest";
import { describeHoleStore } from "./hole-store-suite.ts";
import { describeLedgerStore } from "./ledger-store-suite.ts";
import { MemoryStore } from "./memory-store.ts";
import { describeStationStore, type StoreUnderTest } from "./store-suite.ts";

async function make(): Promise<StoreUnderTest> {
  const store = new MemoryStore();
  return { store, reopen: undefined, dispose: () => store[Symbol.asyncDispose]() };
}
describeStationStore("memory", make);
describeLedgerStore("memory", make);
describeHoleStore("memory", make);

it("keeps commits waiting while held and fails them all when told to", async () => {
  const store = new MemoryStore();
  const release = store.hold();
  let done = false;
  const waiting = store.commit([{ kind: "meta", name: "a", value: new Uint8Array(1) }]).then(() => (done = true));
  await Promise.resolve();
  expect(done).toBe(false);
  release();
  await waiting;
  store.fail("station/storage-full");
  await expect(store.commit([])).rejects.toMatchObject({ code: "station/storage-full" });
});
