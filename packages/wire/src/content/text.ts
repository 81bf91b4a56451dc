/*
 * Text messages: making one, and finding the text to show in whatever body a peer sent. Reading follows
 * draft-ietf-mimi-content-08 §3.4: of a choice the first part that can be shown, of a unit all or nothing, of a list what
 * can be shown. Markdown is shown as plain text, which the draft (§6.1.1) allows.
 */
import { utf8 } from "../bytes/index.ts";
import { MAX_TEXT_BYTES } from "./limits.ts";
import { Disposition, type ExternalPart, type NestedPart, type SinglePart } from "./mimi.ts";

/** The media type of plain text. */
export const PLAIN_TEXT = "text/plain;charset=utf-8";
/** The media type of the draft's Markdown. */
export const MIMI_MARKDOWN = "text/markdown;variant=GFM-MIMI";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What can be shown of a body without another program: text, and content that lies elsewhere. */
export interface Shown {
  /** texts in the order of their parts */
  readonly texts: readonly string[];
  readonly externals: readonly ExternalPart[];
  /** one of the texts is Markdown, and may mention people */
  readonly isMarkdown: boolean;
}

/** A part of plain text. @throws RangeError above `MAX_TEXT_BYTES` of UTF-8 */
export function textPart(text: string, disposition: number = Disposition.render): SinglePart {
  const content = utf8(text.toWellFormed());
  if (content.byteLength > MAX_TEXT_BYTES) throw new RangeError(`text of more than ${MAX_TEXT_BYTES} bytes`);
  return { kind: "single", disposition, language: "", contentType: PLAIN_TEXT, content };
}

/** The type and subtype of a media type, lower case, without parameters. */
function bareType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

function shownOf(part: NestedPart): Shown | undefined {
  if (part.kind === "null") return { texts: [], externals: [], isMarkdown: false };
  if (part.kind === "external") return { texts: [], externals: [part], isMarkdown: false };
  if (part.kind === "single") {
    const type = bareType(part.contentType);
    const isMarkdown = type === "text/markdown";
    return isMarkdown || type === "text/plain"
      ? { texts: [UTF8.decode(part.content)], externals: [], isMarkdown }
      : undefined;
  }
  const nested = part.parts.map(shownOf);
  const known = nested.filter((shown) => shown !== undefined);
  if (part.semantics === "choose-one") return known[0];
  if (part.semantics === "single-unit" && known.length < nested.length) return undefined;
  return {
    texts: known.flatMap((shown) => shown.texts),
    externals: known.flatMap((shown) => shown.externals),
    isMarkdown: known.some((shown) => shown.isMarkdown),
  };
}

/** What can be shown of a body; undefined when nothing of it is understood. Ill-formed text is shown with U+FFFD. */
export function shownParts(body: NestedPart): Shown | undefined {
  const shown = shownOf(body);
  return shown !== undefined && (body.kind === "null" || shown.texts.length + shown.externals.length > 0)
    ? shown
    : undefined;
}
