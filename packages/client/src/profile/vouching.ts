/* Whether a leaf of a group that is not known by a chain held here may be believed for what its context says. */
import type { DeviceCredential } from "@chapar/e2e";
import { liveDevice } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeRoom, describedConversation } from "../conversation/room-descriptor.ts";
import { isClientError } from "../errors.ts";
import type { ContactBook } from "./contacts.ts";

/** Whether the chain that is held, or was just learned, revoked a device. */
async function isRevoked(contacts: ContactBook, { identity, device }: DeviceCredential): Promise<boolean> {
  const state = await contacts.newest(identity);
  return state?.revoked.some((one) => equalBytes(one.device, device)) === true;
}

/** Whether a credential is a device of a chain that is held or was just learned, live or revoked. */
export async function isListed(contacts: ContactBook, credential: DeviceCredential): Promise<boolean> {
  return (await contacts.isLive(credential)) || isRevoked(contacts, credential);
}

/**
 * Of two people's conversation: a live device of the chain that its creator put into the context (F-5). Of a group that is being joined:
 * yes, for the chains of its people are sealed under a secret that only the joined group gives, and every leaf is held to them before
 * anything of the group is written (F-64). Of a group that this device is in: a device that its chain revoked, for others may not know yet, and all
 * have to follow the same commits; it is taken out next (F-102).
 */
export async function isVouched(
  contacts: ContactBook,
  credential: DeviceCredential,
  context: Uint8Array,
): Promise<boolean> {
  const room = decodeRoom(context);
  if (!room.ok) return false;
  if (room.value.group !== undefined) {
    const conversation = describedConversation(room.value);
    if (conversation === undefined) return false;
    // A device that waits for a new leaf comes in anew.
    const isIn = contacts.isIn(conversation) && (await contacts.store.get("waiting", conversation)) === undefined;
    return !isIn || isRevoked(contacts, credential);
  }
  try {
    const state = await contacts.check(room.value.ops, credential.identity);
    return liveDevice(state, credential.device) !== undefined;
  } catch (error) {
    if (isClientError(error)) return false;
    throw error;
  }
}
