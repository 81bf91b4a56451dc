/* Messages that a person deleted for themselves: a key each in the register that follows them to their other devices. */
import { fromBase64Url, toBase64Url } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { OwnEntry } from "../own/register.ts";
import type { Draft } from "../store/shelf.ts";

const PREFIX = "talk/hidden/";

/** Whether the person deleted a message, here or elsewhere. */
export function isHidden({ own }: Pick<Member, "own">, id: Uint8Array): boolean {
  return own.get(PREFIX + toBase64Url(id)) !== undefined;
}

/** Keeps that it is deleted. */
export function putHidden({ own }: Pick<Member, "own">, draft: Draft, id: Uint8Array): void {
  own.put(draft, PREFIX + toBase64Url(id), new Uint8Array(0));
}

/** The message that an entry of the register is about; undefined for any other entry. */
export function hiddenBy({ key, value }: OwnEntry): Uint8Array | undefined {
  return key.startsWith(PREFIX) && value !== undefined ? fromBase64Url(key.slice(PREFIX.length)) : undefined;
}
