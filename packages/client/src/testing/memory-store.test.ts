import { describeClientStore } from "./describe-store.ts";
import { MemoryStore } from "./memory-store.ts";

describeClientStore("MemoryStore", async () => {
  const { medium } = new MemoryStore();
  return { open: async () => new MemoryStore(medium) };
});
