/* Writing what a message tells of its files; only whoever sends one needs it. */
import { CborWriter } from "./cbor-writer.ts";
import { decodeFileFacts, KEY, KINDS, type ShownFacts } from "./file-facts.ts";
import { MAX_FILES } from "./limits.ts";

const uint = (value: number): Uint8Array => new CborWriter().uint(value).finish();
const bytes = (value: Uint8Array): Uint8Array => new CborWriter().bytes(value).finish();

/** Writes the extension's value. @throws RangeError for a fact outside its bounds: ours are within them */
export function encodeFileFacts(files: readonly ShownFacts[]): Uint8Array {
  if (files.length > MAX_FILES) throw new RangeError(`more than ${MAX_FILES} files`);
  const writer = new CborWriter().array(files.length);
  for (const { kind, width, height, durationMs, preview, wave } of files) {
    const pairs: [number, Uint8Array][] = [[KEY.kind, uint(KINDS.indexOf(kind))]];
    if (width !== undefined && height !== undefined) pairs.push([KEY.width, uint(width)], [KEY.height, uint(height)]);
    if (durationMs !== undefined) pairs.push([KEY.durationMs, uint(durationMs)]);
    if (preview !== undefined) pairs.push([KEY.preview, bytes(preview)]);
    if (wave !== undefined) pairs.push([KEY.wave, bytes(wave)]);
    writer.map(pairs);
  }
  const value = writer.finish();
  const again = decodeFileFacts(value, files.length);
  if (!again.every((facts, at) => Object.keys(facts).length === pairsOf(files[at])))
    throw new RangeError("a fact outside its bounds");
  return value;
}

/** How many fields come back of what was told. */
function pairsOf(facts: ShownFacts | undefined): number {
  if (facts === undefined) return 0;
  const { width, height } = facts;
  const told = Object.values(facts).filter((value) => value !== undefined).length;
  return (width === undefined) === (height === undefined) ? told : told - 1;
}
