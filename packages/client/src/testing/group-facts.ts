/* What a device's data says of one group, whose engine was ended. */
import { decodeBundle, mlsDevice, type CryptoPort, tsMls } from "@chapar/e2e";
import { conversationId, decodeEntry } from "@chapar/wire";
import { fromBase32, toHex } from "@chapar/wire/bytes";
import type { ConversationIdText } from "../api.ts";
import { GroupShelf } from "../conversation/group-shelf.ts";
import { conversationShelf } from "../conversation/rows.ts";
import { loadProfile } from "../profile/profile-book.ts";
import { keptShelf } from "../repair/kept-rows.ts";
import type { Store } from "../store/port.ts";

/** Where a device stands in a group. */
export interface GroupFacts {
  readonly epoch: number;
  /** hex; the same on two devices when they share every secret, member and word of the group's state */
  readonly state: string;
  /** epochs that the commits of the log end, in its order, as far as entries are kept */
  readonly ended: readonly number[];
}

/** Reads them; nothing is changed. @throws Error when there is no such group */
export async function groupFacts(store: Store, crypto: CryptoPort, name: ConversationIdText): Promise<GroupFacts> {
  const bytes = fromBase32(name);
  const profile = await loadProfile(store);
  if (bytes === undefined || profile === undefined) throw new Error("no such profile or group");
  const id = conversationId(bytes);
  const device = await mlsDevice(decodeBundle(profile.bundle), crypto);
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => 0 });
  const group = await new GroupShelf({ store, mls, keptGroups: new Map() }, device).load(id);
  const log = (await conversationShelf.get(store, id))?.room?.log;
  if (group === undefined || log === undefined) throw new Error("no such group");
  const state = toHex(await mls.exportSecret(group, "chapar group facts", new Uint8Array(0), 32));
  const rows = await keptShelf.range(store, { prefix: log });
  const ended = rows.flatMap(({ value }) => {
    const entry = decodeEntry(value.entry);
    return entry.ok && entry.value.kind === "commit" ? [entry.value.epoch] : [];
  });
  return { epoch: group.epoch, state, ended };
}
