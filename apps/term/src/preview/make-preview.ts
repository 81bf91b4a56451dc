/* A preview of the first link in a text, made here by whoever sends it (protocol/5-content.md §12). */
import { lookup } from "node:dns/promises";
import type { OutgoingPreview, PreviewingView } from "@chapar/client";
import { spansIn } from "@chapar/client/text";
import { MAX_DESCRIPTION_BYTES, MAX_PREVIEW_PICTURE_BYTES, MAX_TITLE_BYTES, previewLine } from "@chapar/wire/talk";
import { ruleWith } from "./addresses.ts";
import { drawAnew } from "../picture/drawing.ts";
import { fetchOne, NoPreview, type FetchPorts } from "./fetching.ts";
import { readPage, textOf } from "./reading.ts";

const MOST_MS = 8_000;
const PAGE = { accept: "text/html,application/xhtml+xml", mostBytes: 512 * 1024, whenLonger: "cut" } as const;
const PICTURE = {
  accept: "image/jpeg,image/png,image/webp",
  mostBytes: 2 * 1024 * 1024,
  whenLonger: "refuse",
} as const;
const DRAWING = { edgesPx: [320, 240, 160], isSquare: false, mostBytes: MAX_PREVIEW_PICTURE_BYTES } as const;
const IS_PAGE = /^(?:text\/html|application\/xhtml\+xml)\b/u;

/** The address that a preview would be of; undefined when a text has none. */
export function previewable(text: string): string | undefined {
  return spansIn(text).find(({ kind, text: address }) => kind === "link" && URL.canParse(address))?.text;
}

async function pictureAt(address: string, page: URL, ports: FetchPorts): Promise<Uint8Array | undefined> {
  const url = URL.parse(address, page);
  if (address === "" || url === null) return undefined;
  try {
    return await drawAnew((await fetchOne(url, PICTURE, ports)).bytes, DRAWING);
  } catch (error) {
    // A card without its picture is one.
    if (error instanceof NoPreview) return undefined;
    throw error;
  }
}

/** What of this process a preview needs. */
export interface PreviewSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Makes the preview of an address. @throws NoPreview */
export async function makePreview(
  address: string,
  { via, also }: Pick<PreviewingView, "via" | "also">,
  { env, signal }: PreviewSurroundings,
): Promise<OutgoingPreview> {
  const url = URL.parse(address);
  if (url === null) throw new NoPreview("not-a-web-address");
  const ports: FetchPorts = {
    allows: ruleWith(also),
    resolve: (host) => lookup(host, { all: true }),
    via,
    mayShowHello: env["CHAPAR_OWN_HELLO"] !== "never",
    signal: AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]),
  };
  const page = await fetchOne(url, PAGE, ports);
  if (!IS_PAGE.test(page.contentType)) throw new NoPreview("not-a-page");
  const facts = readPage(textOf(page));
  const title = previewLine(facts.title, MAX_TITLE_BYTES);
  if (title === "") throw new NoPreview("nothing-to-show");
  const description = previewLine(facts.description, MAX_DESCRIPTION_BYTES);
  const picture = await pictureAt(facts.picture, page.url, ports);
  return { address, title, ...(description !== "" && { description }), ...(picture && { picture }) };
}
