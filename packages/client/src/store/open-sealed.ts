/* Opening a store under its vault: the key is made with the profile, and a profile that lost its key is not given a new one. */
import { utf8 } from "@chapar/wire/bytes";
import type { Store } from "./port.ts";
import { sealStore, type VaultHolder } from "./sealed.ts";

const MARK = utf8("sealed");
const VERSION = utf8("1");

/**
 * Seals a store that was just opened; closes it when that fails.
 *
 * @throws ClientError `client/bad-profile` when the key is missing or another
 */
export async function openSealed(inner: Store, holder: VaultHolder): Promise<Store> {
  try {
    const mark = await inner.get("meta", MARK);
    const store = sealStore(inner, await holder.unlock(mark === undefined));
    // The mark is a row like any other: reading it proves the key before anything depends on it.
    if (mark === undefined) await store.write([{ table: "meta", key: MARK, value: VERSION }]);
    else await store.get("meta", MARK);
    return store;
  } catch (error) {
    await inner[Symbol.asyncDispose]();
    throw error;
  }
}
