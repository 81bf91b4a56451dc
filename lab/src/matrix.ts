/*
 * The matrix as data: pairs of rules and routes, and the line that is printed for each. Only routes that exist have lines; a
 * column of invented answers would be worse than none. `auto` is what the client does by itself with all routes there are: only
 * there something can be switched, and only there the tunnel is tried, which takes all of them too.
 */
import type { RuleId } from "./vocabulary.ts";

/** Routes that exist and can be tried; `auto` is all of them together. */
export const ROUTES = ["web", "burst", "ss", "pt", "snow", "dns", "auto"] as const;
/** Those of which the in-memory storey has a model. */
export const MODELLED_ROUTES: readonly RouteName[] = ["web"];
/** A route. */
export type RouteName = (typeof ROUTES)[number];

/** One line of the matrix. */
export interface MatrixRow {
  readonly rule: string;
  readonly route: RouteName;
  /** a message arrived with its checked receipt within 30 s; over `dns`, which is slow, within three minutes */
  readonly text: boolean;
  /** curl read 64 KiB of a site whose name is closed over `chapar tunnel`; null where that was not tried */
  readonly tunnel: boolean | null;
  /** the rules fall on an open session in the middle of a conversation: from the next letter's writing to its arrival and receipt */
  readonly switchMs: number | null;
  /** from the client's start to the receipt */
  readonly tookMs: number | null;
  /** rules that the censor saw acting; nft does not tell */
  readonly acted: readonly RuleId[];
  /** where it was measured */
  readonly storey: "namespaces" | "memory";
}

/** What a trial says. */
export interface Trial {
  readonly text: boolean;
  readonly tookMs: number | undefined;
  readonly acted: readonly RuleId[];
  readonly switchMs?: number | undefined;
  readonly tunnel?: boolean;
}

/** The row of one trial. */
export function matrixRow(
  rule: string,
  route: RouteName,
  storey: MatrixRow["storey"],
  { text, tookMs, acted, switchMs, tunnel }: Trial,
): MatrixRow {
  return {
    rule,
    route,
    text,
    tunnel: tunnel ?? null,
    switchMs: switchMs ?? null,
    tookMs: tookMs ?? null,
    acted,
    storey,
  };
}

/** A row for people. */
export function matrixLine({ rule, route, text, tookMs, acted, switchMs, tunnel }: MatrixRow): string {
  const moved = switchMs === null ? "" : `, mid-session after ${(switchMs / 1000).toFixed(1)} s`;
  const outcome = `${text ? `arrives in ${((tookMs ?? 0) / 1000).toFixed(1)} s` : "does not arrive"}${moved}`;
  const through = tunnel === null ? "" : `, the tunnel ${tunnel ? "reads" : "reads nothing"}`;
  return `${rule.padEnd(8)} ${route.padEnd(6)} ${outcome}${through}${acted.length > 0 ? ` (seen acting: ${acted.join(", ")})` : ""}`;
}
