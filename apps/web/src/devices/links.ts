/* How linking and history stand, followed while a sheet shows them. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { HistoryView, LinkView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";

/** The linking that this browser is part of. */
export const link: Signal<LinkView | undefined> = signal(undefined);
/** What has come of the history of another own device. */
export const history: Signal<HistoryView | undefined> = signal(undefined);

async function load(): Promise<void> {
  const client = await engine();
  link.value = await client.devices.link();
  history.value = client.me() === undefined ? undefined : await client.devices.history();
}

/** Follows both until the component goes; `onChange` also now. */
export function useLinks(onChange: () => void = () => {}): void {
  useEffect(() => {
    const follow = (): void => {
      // What cannot be read now is read with the next change.
      void load()
        .then(onChange)
        .catch(() => {});
    };
    follow();
    return onEngineEvent((event) => {
      if (event.type === "devices" || event.type === "me") follow();
    });
  }, []);
}
