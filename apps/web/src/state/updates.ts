/*
 * The service worker: registered when the first screen works, so that it takes nothing from it. A new version is loaded
 * beside the old one and waits until the person says so; nothing reloads under somebody's hands.
 */
import { effect } from "@preact/signals";
import { settings } from "./settings.ts";
import { ownScript } from "./trusted.ts";
import { notify } from "./toasts.ts";

const LOOK_EVERY_MS = 6 * 60 * 60_000;

let isAsked = false;

function offer(worker: ServiceWorker): void {
  const takeOver = (): void => {
    isAsked = true;
    worker.postMessage("take-over", []);
  };
  notify("updateReady", { action: { label: "updateNow", run: takeOver } });
}

/** Registers the service worker and follows its versions. */
export async function followUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  const registration = await workers.register(ownScript("/sw.js"), { updateViaCache: "none" });
  if (registration.waiting !== null && workers.controller !== null) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const next = registration.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed" && workers.controller !== null) offer(next);
    });
  });
  workers.addEventListener("controllerchange", () => {
    // The first worker of a first visit takes over too; nothing has changed then.
    if (isAsked) location.reload();
  });
  // The words of the language that is read here stay on the device; those of the others do not.
  const { active } = await workers.ready;
  const fetched = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  (workers.controller ?? active)?.postMessage({ fetched }, []);
  effect(() => (workers.controller ?? active)?.postMessage(settings.value.language, []));
  setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY_MS);
}
