/* Door `@chapar/client/text`: what both apps and the search know of a text; no engine comes along. */
export { fold } from "./fold.ts";
export { spansIn, type TextSpan } from "./spans.ts";
