/*
 * The line with wells, our one motif: this device at its start, the home station at its end. Solid is open, dashed is
 * seeking, broken is refused or without network; the home is filled when it is reached. The word beside it says the
 * same, so no state is colour or shape alone.
 */
import type { JSX } from "preact";
import { quantityOf } from "../format/quantity.ts";
import type { Quantity } from "../format/quantity.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { openSheet } from "../state/navigation.ts";
import { route } from "../state/engine.ts";
import type { RouteView } from "../state/client-types.ts";
import css from "./route-line.module.css";

type State = RouteView["state"];

/** The drawing alone; `wells` are relays on the way. */
export function RouteDrawing(props: {
  readonly state: State;
  readonly wells?: number;
  readonly width: number;
}): JSX.Element {
  const { state, width, wells = 0 } = props;
  const end = width - 7;
  const isBroken = state === "offline" || state === "refused" || state === "idle";
  const stop = isBroken ? 7 + (end - 7) * (state === "refused" ? 0.72 : 0.35) : end - 5;
  const places = Array.from({ length: wells }, (_, at) => 7 + ((end - 7) * (at + 1)) / (wells + 1));
  return (
    <svg
      class={`mirrored ${css.drawing}`}
      data-state={state}
      width={width}
      height="14"
      viewBox={`0 0 ${width} 14`}
      aria-hidden="true"
    >
      <path class={state === "seeking" ? "seeking" : undefined} d={`M7 7H${stop}`} />
      {state === "refused" && <path class={css.bar} d={`M${stop + 1} 2V12`} />}
      <circle class={css.filled} cx="5" cy="7" r="3" />
      {places.map((x) => (
        <circle key={x} class={css.well} cx={x} cy="7" r="3.5" />
      ))}
      <circle class={state === "open" ? css.filled : css.well} cx={end} cy="7" r="4.5" />
    </svg>
  );
}

const RATE = { bytes: "rateBytes", kilobytes: "rateKilobytes", megabytes: "rateMegabytes" } as const;
const SIZE = { bytes: "sizeBytes", kilobytes: "sizeKilobytes", megabytes: "sizeMegabytes" } as const;

function said(quantity: Quantity, words: typeof RATE | typeof SIZE): string {
  return t(words[quantity.unit], { value: formatNumber(quantity.value) });
}

/** "11 kB/s" in the reader's digits. */
export function rateText(bytesPerSecond: number): string {
  return said(quantityOf(bytesPerSecond), RATE);
}

/** "46 kB" in the reader's digits. */
export function sizeText(bytes: number): string {
  return said(quantityOf(bytes), SIZE);
}

/** Rates below this are keep-alives, not traffic worth a number. */
const QUIET_BYTES_PER_SECOND = 200;

/** The route as a short sentence. */
function routeText(view: RouteView): string {
  switch (view.state) {
    case "idle":
    default:
      return t("routeIdle");
    case "offline":
      return t("routeOffline");
    case "seeking":
      return t("routeSeeking");
    case "refused":
      return t("routeRefused");
    case "open":
      return view.bytesPerSecond < QUIET_BYTES_PER_SECOND
        ? t("routeOpen")
        : t("routeOpenRate", { rate: rateText(view.bytesPerSecond) });
  }
}

/** The line under the header: always there, one press from the connection sheet. */
export function RouteLine(): JSX.Element {
  const view = route.value;
  const text = routeText(view);
  return (
    <button
      type="button"
      class={css.line}
      data-state={view.state}
      aria-label={t("routeShow", { state: text })}
      onClick={() => openSheet("connection")}
    >
      <RouteDrawing state={view.state} width={56} />
      <span class={css.text}>{text}</span>
    </button>
  );
}
