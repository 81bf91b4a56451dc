/*
 * The codes with which message content is refused; the rows stand in the package's one table, errors.ts.
 */
import type { Decoded } from "../bytes/index.ts";
import type { WireCode } from "../errors.ts";

/** Stable codes of message content. */
export type ContentCode = Extract<WireCode, `content/${string}`>;

/** The outcome of decoding content from untrusted bytes. */
export type ContentDecoded<T> = Decoded<T, ContentCode>;
