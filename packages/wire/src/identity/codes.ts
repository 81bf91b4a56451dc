/*
 * The codes with which an op or a chain is refused; the rows stand in the package's one table, errors.ts.
 */
import type { WireCode } from "../errors.ts";

/** Stable codes of op chains. */
export type IdentityCode = Extract<WireCode, `identity/${string}`>;
