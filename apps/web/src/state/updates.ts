/*
 * The service worker: registered when the first screen works, so that it takes nothing from it. A new version is loaded
 * beside the old one and waits until the person says so; nothing reloads under somebody's hands.
 */
import { ownScript } from "./trusted.ts";
import { notify } from "./toasts.ts";

const LOOK_EVERY_MS = 6 * 60 * 60_000;

function offer(worker: ServiceWorker): void {
  notify("updateReady", { action: { label: "updateNow", run: () => worker.postMessage("take-over", []) } });
}

/** Registers the service worker and follows its versions. */
export async function followUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  const hadController = workers.controller !== null;
  const registration = await workers.register(ownScript("/sw.js"), { updateViaCache: "none" });
  if (registration.waiting !== null && hadController) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const next = registration.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed" && workers.controller !== null) offer(next);
    });
  });
  workers.addEventListener("controllerchange", () => {
    if (hadController) location.reload();
  });
  setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY_MS);
}
