/*
 * What does not fit on a screen: sideways scrolling, and text that is cut off without saying so by an ellipsis.
 */
import type { Page } from "playwright-core";

/** Sentences about what does not fit; none when everything does. */
export function overflowOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`scrolls sideways by ${wide} px`);
    const hasText = (element: Element): boolean =>
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "",
      );
    for (const element of document.querySelectorAll<HTMLElement>("#app *, #landing *, dialog *")) {
      if (!hasText(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.closest(".visually-hidden, svg, noscript") !== null) continue;
      const text = `“${(element.textContent ?? "").trim().slice(0, 50)}”`;
      const box = element.getBoundingClientRect();
      // A box that scrolls may hold more than it shows; anything beside the window cannot be reached.
      if (box.width > 0 && (box.left < -1 || box.right > innerWidth + 1) && element.closest("[data-strip]") === null)
        found.push(`${text} leaves the window (${Math.round(box.left)} to ${Math.round(box.right)})`);
      const style = getComputedStyle(element);
      const isCut = style.overflowX === "hidden" || style.overflowX === "clip";
      const saysSo = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (isCut && !saysSo && element.scrollWidth > element.clientWidth + 1) found.push(`${text} is cut off`);
    }
    return found;
  });
}
