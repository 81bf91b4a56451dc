/*
 * The matrix as data: pairs of rules and routes, and the line that is printed for each. Only routes that exist have lines; a
 * column of invented answers would be worse than none. `tunnel` is false as long as there is no tunnel, and `switchMs` is
 * null until there is a second route to switch to.
 */
import type { RuleId } from "./vocabulary.ts";

/** Routes that exist and can be tried. More carriers, more names here. */
export const ROUTES = ["web"] as const;
/** A route. */
export type RouteName = (typeof ROUTES)[number];

/** One line of the matrix. */
export interface MatrixRow {
  readonly rule: string;
  readonly route: RouteName;
  /** a message arrived with its checked receipt within 30 s */
  readonly text: boolean;
  readonly tunnel: boolean;
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
}

/** The row of one trial. */
export function matrixRow(
  rule: string,
  route: RouteName,
  storey: MatrixRow["storey"],
  { text, tookMs, acted }: Trial,
): MatrixRow {
  return { rule, route, text, tunnel: false, switchMs: null, tookMs: tookMs ?? null, acted, storey };
}

/** A row for people. */
export function matrixLine({ rule, route, text, tookMs, acted }: MatrixRow): string {
  const outcome = text ? `arrives in ${((tookMs ?? 0) / 1000).toFixed(1)} s` : "does not arrive";
  return `${rule.padEnd(8)} ${route.padEnd(6)} ${outcome}${acted.length > 0 ? ` (seen acting: ${acted.join(", ")})` : ""}`;
}
