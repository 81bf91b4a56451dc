/*
 * The web app under a person's hands, over a real engine and a real station: from a key to what it paints, from Enter to the own bubble, what one letter
 * costs on the wire, and what crosses while nobody does anything.
 */
import type { Page, Request } from "playwright-core";
import type { WebResult } from "./web-result.ts";

const KEYS = 60;
const LETTERS = 20;
/** Longer than the widest distance of two watches: the next one holds what was sent against the station's log. */
const SETTLE_MS = 100_000;
/** Several watches, whose distances are random. */
const IDLE_MS = 300_000;
const MINUTE_MS = 60_000;
const LETTER = "A letter of about fifty characters, as people write.";

/** The value below which a part of them lies. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0;

/** Bytes of everything that crosses from now on, both ways. */
function counting(page: Page): { readonly bytes: () => number } {
  let bytes = 0;
  const add = ({ payload }: { readonly payload: string | Buffer }): void => {
    bytes += payload.length;
  };
  page.on("websocket", (socket) => socket.on("framesent", add).on("framereceived", add));
  const addRequest = async (request: Request): Promise<void> => {
    const sizes = await request.sizes();
    bytes += sizes.requestBodySize + sizes.requestHeadersSize + sizes.responseBodySize + sizes.responseHeadersSize;
  };
  page.on("requestfinished", (request) => void addRequest(request));
  return { bytes: () => bytes };
}

/** From the moment of a key to the task after the frame that shows it, in the page's own clock. */
export async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    const painted: number[] = [];
    const sent: number[] = [];
    Object.assign(globalThis, { painted, sent });
    const afterPaint = (then: () => void): void => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", then, { once: true });
        port1.start();
        port2.postMessage(0);
      });
    };
    const last = (): string | undefined => [...document.querySelectorAll("article")].at(-1)?.id;
    addEventListener(
      "keydown",
      ({ timeStamp, key }) => {
        if (key !== "Enter") return afterPaint(() => painted.push(performance.now() - timeStamp));
        const before = document.querySelectorAll("article").length;
        const lastBefore = last();
        const watch = new MutationObserver(() => {
          if (document.querySelectorAll("article").length === before && last() === lastBefore) return;
          watch.disconnect();
          afterPaint(() => sent.push(performance.now() - timeStamp));
        });
        watch.observe(document.body, { subtree: true, childList: true });
      },
      { capture: true },
    );
  });
}

/** Milliseconds from keys to their frames, or from Enter to the frame with the own bubble. */
export const seen = (page: Page, name: "painted" | "sent"): Promise<number[]> =>
  page.evaluate((list) => (globalThis as unknown as Record<string, number[]>)[list] ?? [], name);

/** Measures in an open conversation whose letters reach the station. Takes seven minutes. */
export async function benchHands(page: Page, print: (result: WebResult) => void): Promise<void> {
  const wire = counting(page);
  // Links that were opened before are not seen: the page begins anew.
  await page.reload();
  const field = page.locator("textarea");
  await field.waitFor();
  await page.getByRole("img", { name: "At the station" }).last().waitFor();
  await watchKeys(page);
  await field.focus();
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press(key % 9 === 8 ? "Space" : "a");
    await page.waitForTimeout(50);
  }
  const painted = await seen(page, "painted");
  await field.fill("");
  const before = wire.bytes();
  for (let letter = 0; letter < LETTERS; letter += 1) {
    await field.fill(`${LETTER} ${letter}`);
    await page.keyboard.press("Enter");
    await page
      .locator("article", { hasText: `${LETTER} ${letter}` })
      .last()
      .waitFor();
    await page
      .locator("article", { hasText: `${LETTER} ${letter}` })
      .getByRole("img", { name: "At the station" })
      .waitFor();
  }
  const sent = await seen(page, "sent");
  const note = "real engine, no throttle";
  print({
    case: "key to paint, p75",
    ms: Math.round(quantile(painted, 0.75)),
    bytes: undefined,
    note: `${KEYS} keys, ${note} (goal 50 ms)`,
  });
  print({
    case: "send to own bubble, p75",
    ms: Math.round(quantile(sent, 0.75)),
    bytes: undefined,
    note: `${LETTERS} letters, ${note} (goal 50 ms)`,
  });
  print({
    case: "a text message on the wire",
    ms: undefined,
    bytes: Math.round((wire.bytes() - before) / LETTERS - LETTER.length - 3),
    note: "both ways, receipts included, above the text; WebSocket payloads (goal 400 B, padding class included)",
  });
  const sentAll = wire.bytes();
  await page.waitForTimeout(SETTLE_MS);
  const quiet = wire.bytes();
  print({
    case: "after letters, each",
    ms: undefined,
    bytes: Math.round((quiet - sentAll) / LETTERS),
    note: `${LETTERS} receipts held against the station's log, and ${SETTLE_MS / 1000} s of quiet, over ${LETTERS}`,
  });
  await page.waitForTimeout(IDLE_MS);
  print({
    case: "idle traffic, a minute",
    ms: undefined,
    bytes: Math.round(((wire.bytes() - quiet) * MINUTE_MS) / IDLE_MS),
    note: "both ways, the chat open, over five minutes (goal 2 kB)",
  });
}
