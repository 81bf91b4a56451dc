/*
 * The message by which a person tells a conversation their name: MIMI content whose one part has disposition `profile` and
 * media type `application/vnd.chapar.profile+cbor`: a deterministic CBOR map, key 1 the name as text. Keys that are not
 * known are passed over, so later versions may add a picture or a colour.
 */
import { CborReader } from "./cbor-reader.ts";
import { cborText, CborWriter } from "./cbor-writer.ts";
import type { ContentDecoded } from "./codes.ts";
import { Disposition, type NestedPart, type SinglePart } from "./mimi.ts";
import { cleanName } from "./name.ts";

/** The media type of a profile part. */
export const PROFILE_MEDIA_TYPE = "application/vnd.chapar.profile+cbor";
const NAME_KEY = 1;
const VALUE_LEVELS = 3;

/** What a person says of themself. */
export interface Profile {
  /** as `cleanName` leaves it */
  readonly name: string;
}

/** The part that carries a profile. @throws RangeError on a name that `cleanName` would refuse or change */
export function profilePart(profile: Profile): SinglePart {
  if (cleanName(profile.name) !== profile.name) throw new RangeError("a name that is not clean");
  const content = new CborWriter().map([[NAME_KEY, cborText(profile.name)]]).finish();
  return { kind: "single", disposition: Disposition.profile, language: "", contentType: PROFILE_MEDIA_TYPE, content };
}

/** Whether a body is a profile; then `decodeProfile` reads its content. */
export function isProfile(body: NestedPart): body is SinglePart {
  return body.kind === "single" && body.contentType === PROFILE_MEDIA_TYPE;
}

/** Reads a profile part's content. The name comes out clean; one with nothing to show is `content/bad-name`. */
export function decodeProfile(content: Uint8Array): ContentDecoded<Profile> {
  const reader = new CborReader(content);
  let name: string | undefined;
  let nameAt = 0;
  const count = reader.map();
  for (let i = 0, last = Number.NEGATIVE_INFINITY; i < count && !reader.failed; i++) {
    const start = reader.offset;
    const key = reader.key();
    // Keys are positive integers here, whose encodings sort as their values do.
    if (typeof key !== "number" || key <= 0) reader.fail("content/bad-shape", start);
    else if (key <= last) reader.fail("content/not-deterministic", start);
    else last = key;
    nameAt = key === NAME_KEY ? reader.offset : nameAt;
    if (key === NAME_KEY) name = reader.text();
    else reader.raw(VALUE_LEVELS);
  }
  const read = reader.finish(name);
  if (!read.ok) return read;
  const clean = read.value === undefined ? undefined : cleanName(read.value);
  return clean === undefined
    ? { ok: false, code: "content/bad-name", offset: nameAt }
    : { ok: true, value: { name: clean } };
}
