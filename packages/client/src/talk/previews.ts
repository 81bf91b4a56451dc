/* Previews of links as they are shown (protocol/5-content.md §12): of an address in the text, by that address's own host. */
import type { MimiContent, UnknownExtension } from "@chapar/wire/content";
import { type LinkPreview, PREVIEW_KEY, previewIn } from "@chapar/wire/talk";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { MAX_VALUE_BYTES } from "../own/register.ts";
import { pictureIn } from "../pictures/sniff.ts";
import type { Draft } from "../store/shelf.ts";
import { spansIn } from "../text/spans.ts";
import type { PreviewingView, PreviewView } from "../talk-views.ts";

const KEY = "talk/previews";
/** Pixels a side (C-102). */
const MOST_PX = 640;
const SHOWN_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp"];
const MODES: readonly PreviewingView["mode"][] = ["off", "ask", "on"];

/** Whether a text holds the address of a preview, as every reader finds addresses (C-101). */
export function isShown(text: string, { address }: Pick<LinkPreview, "address">): boolean {
  return hostOf(address) !== undefined && spansIn(text).some((span) => span.kind === "link" && span.text === address);
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address).host;
  } catch {
    return undefined;
  }
}

function pictureOf(bytes: Uint8Array | undefined): PreviewView["picture"] {
  const header = bytes && pictureIn(bytes, MOST_PX);
  if (bytes === undefined || header === undefined || !SHOWN_TYPES.includes(header.mediaType)) return undefined;
  return { bytes, ...header };
}

/** The preview of a text, as content tells it; undefined when it has none that may be shown. */
export function previewView(content: MimiContent, text: string): PreviewView | undefined {
  const preview = previewIn(content);
  if (preview === undefined || !isShown(text, preview)) return undefined;
  const { address, title, description } = preview;
  const picture = pictureOf(preview.picture);
  return { address, host: hostOf(address) ?? "", title, description, ...(picture && { picture }) };
}

/** What a forward, or an edit to `text`, carries of a preview (C-106). */
export function carriedPreview(content: MimiContent, text: string): readonly UnknownExtension[] {
  const preview = previewIn(content);
  if (preview === undefined || !isShown(text, preview)) return [];
  return content.extensions.others.filter(({ key }) => key === PREVIEW_KEY);
}

/** What this person's programs may fetch; nothing, when it was never said or cannot be read. */
export function previewingOf({ own }: Pick<Member, "own">): PreviewingView {
  const bytes = own.get(KEY);
  if (bytes === undefined) return { mode: "off", also: [] };
  const [mode, via, ...also] = new TextDecoder().decode(bytes).split("\n");
  const known = MODES.find((one) => one === mode) ?? "off";
  return { mode: known, ...(via !== undefined && via !== "" && { via }), also: also.filter((one) => one !== "") };
}

/** Changes it within a transaction. @throws ClientError `client/too-large` */
export function putPreviewing({ own }: Pick<Member, "own">, draft: Draft, setting: PreviewingView): void {
  const bytes = new TextEncoder().encode([setting.mode, setting.via ?? "", ...setting.also].join("\n"));
  if (bytes.byteLength > MAX_VALUE_BYTES) throw new ClientError("client/too-large");
  own.put(draft, KEY, bytes);
}
