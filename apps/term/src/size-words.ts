/* Bytes as file managers say them. */

const UNIT_STEP = 1024;
const UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** `2.1 MiB`, as file managers say it. */
export function sizeWords(sizeBytes: number): string {
  if (sizeBytes < UNIT_STEP) return `${sizeBytes} B`;
  let size = sizeBytes / UNIT_STEP;
  let unit = 0;
  while (size >= UNIT_STEP && unit < UNITS.length - 1) {
    size /= UNIT_STEP;
    unit += 1;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${UNITS[unit] ?? ""}`;
}
