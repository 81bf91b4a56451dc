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
    /** How far one sees an element to the sides, and whether a box around it cuts it off without an ellipsis. */
    const seen = (element: HTMLElement): { left: number; right: number; cut: boolean } => {
      let { left, right } = element.getBoundingClientRect();
      let cut = false;
      // What lies above the page is cut off by nothing that it stands in.
      const top = element.closest(":popover-open")?.parentElement ?? null;
      for (let box: HTMLElement | null = element; box !== top && box !== null; box = box.parentElement) {
        const style = getComputedStyle(box);
        // A strip scrolls to its sides by design, so what leaves it can be reached.
        if (box.matches("[data-strip]")) break;
        if (style.overflowX !== "hidden" && style.overflowX !== "clip") continue;
        const saysSo = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
        const edge = box.getBoundingClientRect();
        const isWide =
          left < edge.left - 1 || right > edge.right + 1 || (box === element && box.scrollWidth > box.clientWidth + 1);
        if (isWide && !saysSo) cut = true;
        [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      }
      return { left, right, cut };
    };
    for (const element of document.querySelectorAll<HTMLElement>("#app *, #landing *, dialog *")) {
      if (!hasText(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.closest(".visually-hidden, svg, noscript") !== null) continue;
      const text = `“${(element.textContent ?? "").trim().slice(0, 50)}”`;
      const { left, right, cut } = seen(element);
      // A box that scrolls may hold more than it shows; anything beside the window cannot be reached.
      if (right > left && (left < -1 || right > innerWidth + 1) && element.closest("[data-strip]") === null)
        found.push(`${text} leaves the window (${Math.round(left)} to ${Math.round(right)})`);
      if (cut) found.push(`${text} is cut off`);
    }
    return found;
  });
}
