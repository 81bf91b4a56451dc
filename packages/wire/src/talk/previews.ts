/*
 * Previews of links (protocol/5-content.md §12): the content extension `chapar.preview`, a deterministic CBOR map. Key 1: the address as it
 * stands in the text; 2: title; 3: description; 4: picture. Other keys, positive integers, are passed over.
 */
import { utf8 } from "../bytes/index.ts";
import { CborReader } from "../content/cbor-reader.ts";
import { cborText, CborWriter } from "../content/cbor-writer.ts";
import type { MimiContent, UnknownExtension } from "../content/mimi.ts";
import { cleanLine } from "../content/name.ts";

/** The key of the extension. */
export const PREVIEW_KEY = "chapar.preview";
const KEY = { address: 1, title: 2, description: 3, picture: 4 } as const;
const VALUE_LEVELS = 2;
const MAX_ADDRESS_BYTES = 2_048;

/** UTF-8 bytes of a title and of a description, and bytes of a picture. */
export const MAX_TITLE_BYTES = 400;
export const MAX_DESCRIPTION_BYTES = 1_200;
export const MAX_PREVIEW_PICTURE_BYTES = 8_192;

/** What a letter tells of an address in its text; all of it is its writer's word. */
export interface LinkPreview {
  /** letter for letter as it stands in the text */
  readonly address: string;
  /** one clean line, not empty */
  readonly title: string;
  /** one clean line, or empty */
  readonly description: string;
  /** at most 8,192 bytes; what they are is judged where they are shown */
  readonly picture: Uint8Array | undefined;
}

/** A line of at most so many bytes as it may be shown; empty when it is longer. */
function lineOf(text: string, mostBytes: number): string {
  return utf8(text.toWellFormed()).byteLength > mostBytes ? "" : cleanLine(text);
}

/** The beginning of what a page says, as one clean line that fits. Cost: linear, a prefix is looked at */
export function previewLine(text: string, mostBytes: number): string {
  const line = Array.from(cleanLine(text.slice(0, mostBytes * 2)));
  while (utf8(line.join("")).byteLength > mostBytes) line.length -= Math.max(1, Math.floor(line.length / 16));
  return cleanLine(line.join(""));
}

/** The extension of a letter with a preview. @throws RangeError on what no reader would show */
export function previewExtension({ address, title, description, picture }: LinkPreview): UnknownExtension {
  const pairs: [number, Uint8Array][] = [
    [KEY.address, cborText(address)],
    [KEY.title, cborText(title)],
  ];
  if (description !== "") pairs.push([KEY.description, cborText(description)]);
  if (picture !== undefined) pairs.push([KEY.picture, new CborWriter().bytes(picture).finish()]);
  const extension = { key: PREVIEW_KEY, value: new CborWriter().map(pairs).finish() };
  const read = previewIn({ extensions: { others: [extension] } });
  const isWhole = read?.title === title && read.description === description;
  if (!isWhole || read.picture?.byteLength !== picture?.byteLength) throw new RangeError("not a preview");
  return extension;
}

/** The preview that content carries; undefined when it has none. Total; cost: linear */
export function previewIn({
  extensions,
}: {
  readonly extensions: Pick<MimiContent["extensions"], "others">;
}): LinkPreview | undefined {
  const value = extensions.others.find(({ key }) => key === PREVIEW_KEY)?.value;
  if (value === undefined) return undefined;
  const reader = new CborReader(value);
  let address = "";
  let title = "";
  let description = "";
  let picture: Uint8Array | undefined;
  const count = reader.map();
  for (let i = 0; i < count && !reader.failed; i++) {
    const key = reader.key();
    if (key === KEY.address) address = reader.text();
    else if (key === KEY.title) title = lineOf(reader.text(), MAX_TITLE_BYTES);
    else if (key === KEY.description) description = lineOf(reader.text(), MAX_DESCRIPTION_BYTES);
    else if (key === KEY.picture) picture = reader.bytes().slice();
    else reader.raw(VALUE_LEVELS);
  }
  if (!reader.finish(true).ok || title === "" || address === "") return undefined;
  if (utf8(address).byteLength > MAX_ADDRESS_BYTES) return undefined;
  const isShort = picture !== undefined && picture.byteLength > 0 && picture.byteLength <= MAX_PREVIEW_PICTURE_BYTES;
  return { address, title, description, picture: isShort ? picture : undefined };
}
