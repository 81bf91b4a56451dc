/* What a person lets their devices tell by themselves: one key of the register that follows them. */
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import type { TellingView } from "../talk-views.ts";

const KEY = "talk/telling";
const DELIVERED = 1;
const READ = 2;

/** As it is; by default everything is told. */
export function tellingOf({ own }: Pick<Member, "own">): TellingView {
  const bits = own.get(KEY)?.[0] ?? DELIVERED | READ;
  return { delivered: (bits & DELIVERED) !== 0, read: (bits & READ) !== 0 };
}

/** Changes it within a transaction. */
export function putTelling({ own }: Pick<Member, "own">, draft: Draft, { delivered, read }: TellingView): void {
  own.put(draft, KEY, Uint8Array.of((delivered ? DELIVERED : 0) | (read ? READ : 0)));
}
