/*
 * What a message's files look like by what is told of them. It decides only how they are laid out: whether a picture is drawn is decided
 * by its own bytes (client/pictures/sniff.ts).
 */
import type { AttachmentView } from "../state/client-types.ts";

/** Whether it stands among pictures: photos and films. */
export function isVisual({ facts, mediaType }: AttachmentView): boolean {
  if (facts.kind === "photo" || facts.kind === "video") return true;
  return facts.kind === "file" && PICTURES.has(mediaType);
}

/** Whether it is a recording to listen to in place. */
export const isVoice = ({ facts }: AttachmentView): boolean => facts.kind === "voice";

const PICTURES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]);
