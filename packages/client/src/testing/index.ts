/* Test-only door: a store in memory and the suite that every client store passes. */
export { describeClientStore, type StoreMaker } from "./describe-store.ts";
export { type MemoryMedium, MemoryStore } from "./memory-store.ts";
export { fillContacts } from "./fill-contacts.ts";
export { fillConversation, type FilledMessage } from "./fill.ts";
export { MemoryMedia } from "./memory-media.ts";
export { type GroupFacts, groupFacts } from "./group-facts.ts";
