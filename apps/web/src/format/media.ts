/*
 * Which attachments are pictures. Everything else is only saved: an SVG, for one, could carry script.
 */
const PICTURES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]);

/** Whether the app draws this media type itself. */
export function isPicture(mediaType: string): boolean {
  return PICTURES.has(mediaType);
}
