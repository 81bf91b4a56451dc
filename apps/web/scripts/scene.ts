/* What a scene of the screenshots is, and the presses that several of them begin with. */
import type { Page } from "playwright-core";
import { LANGUAGES, readCatalogue } from "./messages.ts";

export interface Scene {
  readonly name: string;
  /** query of fake-engine.ts */
  readonly query: string;
  readonly hash: string;
  /** below the app's address; none */
  readonly path?: string;
  /** whether this browser has an account */
  readonly joined: boolean;
  /** only at this size: what looks the same at both is taken once */
  readonly only?: "phone" | "desk";
  readonly act?: (page: Page) => Promise<void>;
}

/** Waits for a sheet. */
export const sheet = async (page: Page): Promise<void> => {
  await page.locator("dialog[open]").waitFor();
};

const CATALOGUES = LANGUAGES.map(readCatalogue);

/** What stands before the first argument of a message. */
const beginning = (text: string): string => text.split("{", 1)[0]?.trimEnd() ?? "";

/** How the messages that begin so in English begin in each language. */
function inEveryLanguage(en: string): string[] {
  const source = readCatalogue("en");
  const keys = Object.keys(source).filter((key) => source[key]?.startsWith(en));
  const found = CATALOGUES.flatMap((catalogue) => keys.map((key) => beginning(catalogue[key] ?? "")));
  return found.filter((text) => text !== "").map((text) => text.replaceAll(/[.*+?^$()|[\]\\]/gu, "\\$&"));
}

/** A button or an item of a menu by how its name begins, in whichever language the screen is. */
export const byLabel = (
  page: Page,
  en: string,
  fa: string,
  role: "button" | "menuitem" = "button",
): ReturnType<Page["locator"]> =>
  page.getByRole(role, { name: new RegExp(`^(?:${[en, fa, ...inEveryLanguage(en)].join("|")})`, "u") });

/** Does something, then scrolls the sheet to its end. */
export const scrolledDown =
  (act: (page: Page) => Promise<void>) =>
  async (page: Page): Promise<void> => {
    await act(page);
    await page
      .locator("dialog[open] [tabindex='0']")
      .first()
      .evaluate((body) => (body.scrollTop = body.scrollHeight));
  };
