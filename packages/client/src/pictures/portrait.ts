/* Limits of a person's picture (protocol/5-content.md C-108): whoever makes one draws it anew within these. */

/** Bytes of the file. */
export const MAX_PORTRAIT_BYTES = 6_144;
/** Pixels a side, by the file's own header. */
export const MAX_PORTRAIT_PX = 256;
