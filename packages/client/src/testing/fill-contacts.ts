/* People that a profile knows, as many as a measurement wants, without a conversation with each. The profile must have no engine open over it meanwhile. */
import type { IdentityState } from "@chapar/wire";
import { contactShelf } from "../profile/contacts.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";

/** Writes contacts as the engine writes them. */
export async function fillContacts(
  store: Store,
  people: readonly { readonly name: string; readonly state: IdentityState }[],
): Promise<void> {
  const draft = new Draft();
  for (const { name, state } of people)
    contactShelf.put(draft, state.identity, { name, ops: state.ops.map(({ bytes }) => bytes) });
  await draft.commit(store);
}
