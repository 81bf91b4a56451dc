/*
 * Where the keyboard is, on every element of a screen that it can come to: one has to see it.
 */
import type { Page } from "playwright-core";

/**
 * Sentences about elements whose focus nobody sees: no outline of two pixels that stands out three to one from what is behind it, on the element, beside it or around
 * it, and no field around it that changes its border. Goes through all of them, so what the screen does on focus is done. Cost: some ten ms
 */
export async function unseenFocus(page: Page): Promise<string[]> {
  // From here on it is the keyboard that moves the focus.
  await page.keyboard.press("Tab");
  return page.evaluate(() => {
    type Colour = readonly [number, number, number, number];
    const colour = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/gu) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const light = ([red, green, blue]: Colour): number => {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one: Colour, other: Colour): number => {
      const [dark = 0, bright = 0] = [light(one), light(other)].toSorted((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    };
    const behind = (element: Element): Colour => {
      for (let box: Element | null = element; box !== null; box = box.parentElement) {
        const found = colour(getComputedStyle(box).backgroundColor);
        if (found[3] > 0.9) return found;
      }
      return [255, 255, 255, 1];
    };
    const isOutlined = (element: Element): boolean => {
      const { outlineStyle, outlineWidth, outlineOffset, outlineColor } = getComputedStyle(element);
      if (outlineStyle === "none" || Number.parseFloat(outlineWidth) < 2) return false;
      // Inside of the element it lies on it, else on what is around it.
      const ground = Number.parseFloat(outlineOffset) < 0 ? element : (element.parentElement ?? element);
      return contrast(colour(outlineColor), behind(ground)) >= 3;
    };
    /** What may show the focus of an element: itself, what stands beside it, and the three around it. */
    const places = (element: HTMLElement): Element[] => {
      const found: Element[] = [element];
      if (element.nextElementSibling !== null) found.push(element.nextElementSibling);
      for (let box = element.parentElement; box !== null && found.length < 5; box = box.parentElement) found.push(box);
      return found;
    };
    const borders = (all: readonly Element[]): string =>
      all.map((one) => `${getComputedStyle(one).borderColor} ${getComputedStyle(one).boxShadow}`).join();
    const found: string[] = [];
    const controls = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
    for (const element of document.querySelectorAll<HTMLElement>(controls)) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(":disabled, [tabindex='-1']"))
        continue;
      (document.activeElement as HTMLElement | null)?.blur();
      const before = borders(places(element));
      element.focus({ preventScroll: true });
      // What lies under a dialog takes none.
      if (document.activeElement !== element) continue;
      if (places(element).some(isOutlined) || borders(places(element)) !== before) continue;
      found.push(`nobody sees the focus of ${element.outerHTML.slice(0, 120)}`);
    }
    return found;
  });
}
