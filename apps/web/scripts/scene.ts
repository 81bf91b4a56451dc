/* What a scene of the screenshots is, and the presses that several of them begin with. */
import type { Page } from "playwright-core";

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

/** A button by how its name begins, in either language. */
export const byLabel = (page: Page, en: string, fa: string): ReturnType<Page["locator"]> =>
  page.getByRole("button", { name: new RegExp(`^(?:${en}|${fa})`, "u") });

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
