/* What this browser holds beside the profiles: gone after a wipe, as far as a page can. */

async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // The next thing is tried all the same.
  }
}

/** Takes away settings, the service worker with its caches, and the address at the push service. */
export async function cleanBrowser(): Promise<void> {
  await quietly(async () => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await quietly(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await quietly(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      for (const notice of await registration.getNotifications()) notice.close();
      await quietly(async () => (await registration.pushManager.getSubscription())?.unsubscribe());
      await registration.unregister();
    }
  });
  history.replaceState(null, "", location.pathname);
}
