/* What a page says of itself for a preview: Open Graph's tags, else its title and description (https://ogp.me). */
import { Parser } from "htmlparser2";
import type { Fetched } from "./fetching.ts";

/** What a page says; empty where it says nothing. A stranger's words, not cleaned. */
export interface PageFacts {
  readonly title: string;
  readonly description: string;
  /** address of a picture, as the page writes it */
  readonly picture: string;
}

/** Bytes among which a page must name its letters (HTML §13.2.3.2). */
const PRESCAN_BYTES = 1024;
const CHARSET = /charset\s*=\s*["']?\s*([-\w:.]{1,40})/iu;
/** Units of a title that are kept while it is read. */
const MOST_UNITS = 4_096;
/** What a page says of itself stands in its head; the parser's work grows with how deep elements stand in each other. */
const MOST_ELEMENTS = 2_000;
/** Names of what is told, the better first. */
const NAMES: Readonly<Record<keyof PageFacts, readonly string[]>> = {
  title: ["og:title", "twitter:title"],
  description: ["og:description", "twitter:description", "description"],
  picture: ["og:image:secure_url", "og:image", "og:image:url", "twitter:image"],
};

/** The text of a page, by what the server, its first bytes or the page itself say of its letters; UTF-8 when nothing does. */
export function textOf({ bytes, contentType }: Pick<Fetched, "bytes" | "contentType">): string {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, PRESCAN_BYTES));
  const label = CHARSET.exec(contentType)?.[1] ?? CHARSET.exec(start)?.[1] ?? "utf-8";
  try {
    // A mark of byte order wins over both, as in browsers.
    const hasMark = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const marked = bytes[0] === 0xff ? "utf-16le" : "utf-16be";
    return new TextDecoder(hasMark ? marked : label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Reads a page. Total; cost: linear in its length, of 2,000 elements at most. */
export function readPage(html: string): PageFacts {
  const told = new Map<string, string>();
  let title: string | undefined;
  let isInTitle = false;
  let elements = 0;
  const parser = new Parser({
    onopentag: (name, attributes) => {
      elements += 1;
      if (name === "body" || elements > MOST_ELEMENTS) return parser.pause();
      isInTitle = name === "title" && title === undefined;
      if (name !== "meta") return;
      const key = (attributes["property"] ?? attributes["name"] ?? "").trim().toLowerCase();
      const content = attributes["content"] ?? "";
      if (content.trim() !== "" && !told.has(key)) told.set(key, content.slice(0, MOST_UNITS));
    },
    ontext: (text) => {
      if (isInTitle && (title ?? "").length < MOST_UNITS) title = (title ?? "") + text;
    },
    onclosetag: () => {
      isInTitle = false;
    },
  });
  parser.end(html);
  const said = (what: keyof PageFacts): string =>
    NAMES[what].map((name) => told.get(name)).find((text) => text !== undefined) ?? "";
  return { title: said("title") || (title ?? ""), description: said("description"), picture: said("picture") };
}
