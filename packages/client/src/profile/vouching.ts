/* Whether a leaf of a group that is not known by a chain held here may be believed for what its context says. */
import type { DeviceCredential } from "@chapar/e2e";
import { liveDevice } from "@chapar/wire";
import { decodeRoom, describedConversation } from "../conversation/room-descriptor.ts";
import { isClientError } from "../errors.ts";
import type { ContactBook } from "./contacts.ts";

/**
 * Of two people's conversation: a live device of the chain that its creator put into the context (F-5). Of a group that is being joined:
 * yes, for the chains of its people are sealed under a secret that only the joined group gives, and every leaf is held to them before
 * anything of the group is written (F-64). Of a group that this device is in: no.
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
    return conversation !== undefined && !contacts.isIn(conversation);
  }
  try {
    const state = await contacts.check(room.value.ops, credential.identity);
    return liveDevice(state, credential.device) !== undefined;
  } catch (error) {
    if (isClientError(error)) return false;
    throw error;
  }
}
