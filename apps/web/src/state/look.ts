/*
 * What the doctor found here, asked for by the person and not before. One look at a time; the ways' own answers come with it.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { LookView } from "@chapar/client/web";
import { engine } from "./engine.ts";

/** How a look is taken; the app's own, or a test's. */
export type Looker = (routes: readonly string[], isWide: boolean, signal: AbortSignal) => Promise<LookView>;

export interface LookState {
  readonly isLooking: boolean;
  /** of the last look */
  readonly found: LookView | undefined;
  readonly isWide: boolean;
}

/** Ordinary places abroad, of which hardly any network blocks both; asked only after the person agreed. */
const FAR = ["www.wikipedia.org:443", "www.microsoft.com:443"];
const NOTHING: LookState = { isLooking: false, found: undefined, isWide: false };

export const look: Signal<LookState> = signal(NOTHING);

let looker: Looker = async (routes, isWide, stop) => {
  const { lookFromHere } = await import("@chapar/client/web");
  return await lookFromHere(routes, { isWide, far: FAR, signal: stop });
};

/** Has looks taken by somebody else; for tests and the gallery. */
export function lookWith(other: Looker): void {
  looker = other;
  look.value = NOTHING;
}

/** Looks around; with `isWide` the person has agreed to more than their own ways. */
export async function beginLook(isWide: boolean): Promise<void> {
  if (look.peek().isLooking) return;
  look.value = { isLooking: true, found: look.peek().found, isWide };
  try {
    const routes = (await (await engine()).ways.list()).map(({ uri }) => uri);
    look.value = { isLooking: false, found: await looker(routes, isWide, new AbortController().signal), isWide };
  } finally {
    look.value = { ...look.peek(), isLooking: false };
  }
}
