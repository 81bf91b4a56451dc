/* What a person lets their devices tell by themselves: one key of the register that follows them. */
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import type { TellingView } from "../talk-views.ts";

/** Its key in the own register. */
export const TELLING_KEY = "talk/telling";
const DELIVERED = 1;
const READ = 2;
const TYPING = 4;

/** As it is; by default everything is told. */
export function tellingOf({ own }: Pick<Member, "own">): TellingView {
  // Whoever chose before typing was told chose to be told of less: it is not widened for them.
  const bits = own.get(TELLING_KEY)?.[0] ?? DELIVERED | READ | TYPING;
  return { delivered: (bits & DELIVERED) !== 0, read: (bits & READ) !== 0, typing: (bits & TYPING) !== 0 };
}

/** Changes it within a transaction. */
export function putTelling({ own }: Pick<Member, "own">, draft: Draft, { delivered, read, typing }: TellingView): void {
  const bits = (delivered ? DELIVERED : 0) | (read ? READ : 0) | (typing ? TYPING : 0);
  own.put(draft, TELLING_KEY, Uint8Array.of(bits));
}
