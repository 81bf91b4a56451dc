/*
 * Where one of our messages stands, as shape and word: hollow dot (waits for a route; a point, while it is not on this device's disk yet), pulsing dot (leaving), tick (at
 * the station), two ticks (on a device of theirs), filled (read), mark (not taken). The word is for screen readers and the tooltip.
 */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import type { SendState } from "../state/client-types.ts";
import type { ThreadMessage } from "../state/unkept.ts";
import css from "./delivery.module.css";

const WORDS: Record<SendState, PlainKey> = {
  queued: "stateQueued",
  leaving: "stateLeaving",
  "at-station": "stateAtStation",
  refused: "stateRefused",
};

type Stands = Pick<ThreadMessage, "state" | "deliveredTo" | "readBy" | "unkept">;

const reachOf = ({ deliveredTo, readBy }: Stands): "read" | "delivered" | undefined =>
  readBy !== undefined ? "read" : deliveredTo === undefined ? undefined : "delivered";

/** The word of where a message stands; undefined for one that came to us. */
export function stateText(message: Stands): string | undefined {
  const { state } = message;
  if (state === "received") return undefined;
  if (message.unkept === true) return t("stateKeeping");
  const reach = reachOf(message);
  return t(reach === undefined ? WORDS[state] : reach === "read" ? "stateRead" : "stateDelivered");
}

export function DeliveryMark({ message }: { readonly message: Stands }): JSX.Element {
  const state = message.unkept === true ? "keeping" : message.state;
  const label = stateText(message) ?? "";
  const reach = reachOf(message);
  return (
    <svg
      class={css.mark}
      data-state={state}
      data-reach={reach}
      width="16"
      height="12"
      viewBox="0 0 16 12"
      role="img"
      aria-label={label}
    >
      {reach === "read" && <rect width="16" height="12" rx="4" />}
      {state === "at-station" && (
        <path d={reach === undefined ? "M3 6.5l3.2 3L13 2.5" : "M1.5 6.7l2.6 2.5 5-6M7.6 9l.3.2 5.8-6.7"} />
      )}
      {state === "refused" && <path d="M8 1.5v5.5M8 10v.3" />}
      {state === "keeping" && <path d="M8 6v0" />}
      {(state === "queued" || state === "leaving") && <circle cx="8" cy="6" r="3.5" />}
    </svg>
  );
}
