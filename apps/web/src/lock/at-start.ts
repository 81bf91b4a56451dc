/*
 * After the app has begun: where a lock is on, it is followed; where the browser lost the word that there is one, but not the lock, the
 * page begins again at it.
 */
const LOCK_DB = "chapar-lock";

/** Cost without a lock: one look at the names of databases. */
export async function followLockAtStart(): Promise<void> {
  if ("lock" in document.documentElement.dataset) {
    (await import("./watch.ts")).followLock();
    return;
  }
  const names = await indexedDB.databases();
  if (!names.some(({ name }) => name === LOCK_DB)) return;
  const { webLock } = await import("@chapar/client/web-lock");
  if ((await webLock.state()) === "none") return;
  (await import("./prefs.ts")).keepPrefs({});
  location.reload();
}
