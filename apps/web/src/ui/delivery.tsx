/*
 * Where one of our messages stands, as shape and word: hollow dot (waits for a route), pulsing dot (leaving), tick (at
 * the station), mark (not taken). The word is for screen readers and the tooltip.
 */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import type { MessageView, SendState } from "../state/client-types.ts";
import css from "./delivery.module.css";

const WORDS: Record<SendState, PlainKey> = {
  queued: "stateQueued",
  leaving: "stateLeaving",
  "at-station": "stateAtStation",
  refused: "stateRefused",
};

/** The word of a state; undefined for a message that came to us. */
export function stateText(state: MessageView["state"]): string | undefined {
  return state === "received" ? undefined : t(WORDS[state]);
}

export function DeliveryMark({ state }: { readonly state: SendState }): JSX.Element {
  const label = t(WORDS[state]);
  return (
    <svg class={css.mark} data-state={state} width="16" height="12" viewBox="0 0 16 12" role="img" aria-label={label}>
      {state === "at-station" && <path d="M3 6.5l3.2 3L13 2.5" />}
      {state === "refused" && <path d="M8 1.5v5.5M8 10v.3" />}
      {(state === "queued" || state === "leaving") && <circle cx="8" cy="6" r="3.5" />}
    </svg>
  );
}
