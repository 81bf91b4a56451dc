/*
 * Pictures of people in the place of their first letters, wherever these stand. As rules of one style sheet, by the identity that an avatar
 * names: so neither the code of the first visit nor what is drawn already knows of pictures, and they come when the line is quiet.
 */
import { engine, onEngineEvent } from "../state/engine.ts";
import type { PortraitView } from "../state/client-types.ts";

const sheet = new CSSStyleSheet();
let urls: readonly string[] = [];
let isDrawing = false;
let isStale = false;

function rulesOf({ identity }: PortraitView, url: string): string {
  const id = CSS.escape(identity);
  const ground = `background: center / cover url("${url}")`;
  return `[data-who="${id}"][data-who] { ${ground}; font-size: 0; }
[data-by="${id}"]::before { content: ""; display: inline-block; inline-size: 20px; block-size: 20px; margin-inline-end: 6px;
  border-radius: 50%; vertical-align: -5px; ${ground}; }`;
}

async function draw(): Promise<void> {
  const pictures = await (await engine()).people.pictures();
  const before = urls;
  urls = pictures.map(({ bytes, mediaType }) =>
    URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: mediaType })),
  );
  sheet.replaceSync(pictures.map((one, at) => rulesOf(one, urls[at] ?? "")).join("\n"));
  for (const url of before) URL.revokeObjectURL(url);
}

/** Draws what is newest, once at a time. */
async function refresh(): Promise<void> {
  isStale = true;
  if (isDrawing) return;
  isDrawing = true;
  try {
    while (isStale) {
      isStale = false;
      await draw();
    }
  } catch {
    // Without pictures there are letters; the next event tries again.
  } finally {
    isDrawing = false;
  }
}

/** Shows pictures from now on. */
export function followPortraits(): void {
  if (document.adoptedStyleSheets.includes(sheet)) return;
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  onEngineEvent((event) => {
    if (event.type === "portrait" || event.type === "me" || (event.type === "own" && event.key === "person/picture"))
      void refresh();
  });
  void refresh();
}
