/* Where a message is that somebody names: in their letters contacts name what they like. */
import type { Store } from "../store/port.ts";
import { whereShelf, type WhereRow } from "./rows.ts";

const MESSAGE_ID_BYTES = 32;

/** Where the message of an id of any length is; undefined when it is not here, or the id is none of a message. */
export const whereOf = async (store: Store, id: Uint8Array | undefined): Promise<WhereRow | undefined> =>
  id?.byteLength === MESSAGE_ID_BYTES ? whereShelf.get(store, id) : undefined;
