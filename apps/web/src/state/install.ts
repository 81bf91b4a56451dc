/*
 * Installing as an app: the browser offers once, when it thinks fit; the offer is kept until the person asks for it.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

/** The browser's offer, if it made one and the app is not installed yet. */
export const installOffer: Signal<InstallOffer | undefined> = signal(undefined);

/** Begins to listen for the browser's offer. */
export function followInstall(): void {
  // Only now does the page name what it is installed from: before, it would share a thin line with the app.
  const manifest = document.querySelector<HTMLLinkElement>('link[rel="manifest"]:not([href])');
  manifest?.setAttribute("href", manifest.dataset["href"] ?? "");
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    installOffer.value = event as InstallOffer;
  });
  addEventListener("appinstalled", () => (installOffer.value = undefined));
}

/** Shows the browser's own question. */
export async function install(): Promise<void> {
  await installOffer.peek()?.prompt();
  installOffer.value = undefined;
}
