/* Pictures of people: the own one is a key of the register that follows the person, the others' rest here (C-108, C-109). */
import { type IdentityId, identityId, idText } from "@chapar/wire";
import type { Member } from "../core.ts";
import { MAX_PORTRAIT_BYTES, MAX_PORTRAIT_PX } from "../pictures/portrait.ts";
import { pictureIn } from "../pictures/sniff.ts";
import { blob, fields, id, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";

const SHOWN_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp"];

/** A person's picture. */
export interface PortraitRow {
  readonly identity: IdentityId;
  readonly bytes: Uint8Array;
}

/** `portrait`: by identity. */
export const portraitShelf: Shelf<PortraitRow> = shelf(
  "portrait",
  row<PortraitRow>(1, fields<PortraitRow>({ identity: id(), bytes: blob })),
);

/** The media type of a picture that may be shown; undefined for any other bytes. */
export function portraitType(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength > MAX_PORTRAIT_BYTES) return undefined;
  const mediaType = pictureIn(bytes, MAX_PORTRAIT_PX)?.mediaType;
  return mediaType !== undefined && SHOWN_TYPES.includes(mediaType) ? mediaType : undefined;
}

/** Takes what somebody's profile says of their picture: empty for none any more, and nothing of what cannot be shown. */
export function takePortrait(
  { events }: Pick<Member, "events">,
  draft: Draft,
  sender: Uint8Array,
  bytes: Uint8Array,
): void {
  const identity = identityId(sender);
  if (bytes.byteLength === 0) portraitShelf.remove(draft, identity);
  else if (portraitType(bytes) === undefined) return;
  else portraitShelf.put(draft, identity, { identity, bytes: bytes.slice() });
  draft.after(() => events.emit({ type: "portrait", identity: idText(identity) }));
}
