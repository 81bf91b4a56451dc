/* Locking: what is typed is kept, the engine closes its store, and the page ends. Nothing of it stays in memory. */
import { flushDrafts } from "../state/drafts.ts";
import { engineNow } from "../state/engine.ts";

/** A store that does not close is closed by the end of the page. */
const CLOSE_LIMIT_MS = 2000;

/** Covers what is on the screen, at once. */
export function cover(isCovered: boolean): void {
  document.documentElement.toggleAttribute("data-covered", isCovered);
}

/** Ends the engine, if there is one. */
export async function endEngine(): Promise<void> {
  flushDrafts();
  const close = async (): Promise<void> => {
    const client = engineNow();
    // Answered after what was just written.
    await client?.chats.list();
    await client?.[Symbol.asyncDispose]();
  };
  await Promise.race([close().catch(() => {}), new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS))]);
}

/** Locks now. The next page stands at the lock, at an address that says nothing. */
export async function lockNow(): Promise<void> {
  cover(true);
  document.title = "";
  await endEngine();
  history.replaceState(null, "", location.pathname);
  location.reload();
}
