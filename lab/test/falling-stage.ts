/*
 * The web app in a real Chromium in the client's place, a friend abroad, and a border at which rules come and go. Sara's browser has
 * the ways that a browser has (the station's own address, two further fronts); Dara answers through the terminal's engine.
 */
import { createHash, X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { LabNetwork } from "../src/net/namespaces.ts";
import { applyNft, COUNTING } from "../src/net/nft-engine.ts";
import type { Speaker } from "../src/net/processes.ts";
import { DEFAULT_LINE, type RuleChoice } from "../src/net/router-engine.ts";
import { type Services, startNode, startServices } from "../src/net/services.ts";
import { programPath } from "../src/net/tools.ts";
import { builtWebApp } from "../src/net/volunteer-tab.ts";
import { type Censors, enforce } from "../src/net/web-trial.ts";
import { ruleById } from "../src/rules/index.ts";

/** For a letter to arrive while ways are lost and found, on a machine that others use too. */
export const LETTER_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 60_000;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium with the lab's certificate and no other pinned as right, started inside a namespace. */
async function startBrowser(network: LabNetwork, services: Services): Promise<Browser> {
  const { publicKey } = new X509Certificate(readFileSync(services.certificates.certificate));
  const spki = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  const path = join(network.scratch, "chromium-inside");
  writeFileSync(
    path,
    `#!/bin/sh\nexec ip netns exec ${network.name("client")} ${programPath("chromium") ?? ""} "$@"\n`,
  );
  chmodSync(path, 0o755);
  return await chromium.launch({
    executablePath: path,
    args: [...FLAGS, `--ignore-certificate-errors-spki-list=${spki}`],
  });
}

/** Everything of the story. */
export class FallingStage implements AsyncDisposable {
  readonly #network: LabNetwork;
  readonly #friend: Speaker;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly page: Page;
  readonly #complaints: string[];
  #censors: Censors;

  private constructor(parts: {
    network: LabNetwork;
    friend: Speaker;
    browser: Browser;
    context: BrowserContext;
    page: Page;
    complaints: string[];
    censors: Censors;
  }) {
    this.#network = parts.network;
    this.#friend = parts.friend;
    this.#browser = parts.browser;
    this.#context = parts.context;
    this.page = parts.page;
    this.#complaints = parts.complaints;
    this.#censors = parts.censors;
  }

  /** Builds it and brings Sara into a conversation with Dara, while nothing stands at the border. */
  static async open(): Promise<FallingStage> {
    const webRoot = builtWebApp();
    const network = await LabNetwork.build();
    let browser: Browser | undefined;
    try {
      const services = await startServices(network, { station: true, webRoot, servesApp: true });
      const censors = await enforce(network, [], { seed: 1, line: DEFAULT_LINE });
      applyNft(network, [COUNTING]);
      const config = {
        role: "friend",
        profileDir: join(network.scratch, "friend"),
        stationInvite: services.invite,
        kinds: ["web"],
      };
      const friend = startNode(network, "foreign", "client-main.ts", config, services.certificates);
      const { invite } = await friend.heard("invited", READY_LIMIT_MS);
      browser = await startBrowser(network, services);
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        locale: "en",
        acceptDownloads: true,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(LETTER_LIMIT_MS);
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(String(invite));
      await page.locator("#name").fill("Sara");
      await page.locator("#start").click();
      await page.locator("textarea").waitFor();
      // The app keeps itself on the device within seconds; what is not kept could not be fetched behind a border.
      await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
      return new FallingStage({ network, friend, browser, context, page, complaints, censors });
    } catch (error) {
      await browser?.close();
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** From now on these rules stand at the border, and no others. Flows that are open go on being counted. */
  async fall(...rules: readonly RuleChoice[]): Promise<void> {
    const isKernels = rules.every(({ id, params }) => ruleById(id)?.nft(params) !== undefined);
    if (isKernels) {
      const expressions = rules.flatMap(({ id, params }) => ruleById(id)?.nft(params) ?? []);
      return applyNft(this.#network, [COUNTING, ...expressions]);
    }
    await this.#censors.lift();
    this.#censors = await enforce(this.#network, rules, { seed: 1, line: DEFAULT_LINE });
  }

  /** Sara writes in her browser. */
  async say(text: string): Promise<void> {
    await this.page.locator("textarea").fill(text);
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
    await this.bubble(text).waitFor();
  }

  /** Dara answers. */
  answer(text: string): void {
    this.#friend.tell({ text });
  }

  /** Waits until Dara has a letter of Sara's. */
  async arrived(text: string): Promise<void> {
    await this.#friend.heard("got", LETTER_LIMIT_MS, (said) => said["text"] === text);
  }

  bubble(text: string): Locator {
    return this.page.locator("article", { hasText: text });
  }

  /** What Dara has of Sara's, in order of arrival, each letter as often as it stands there under another id. */
  get letters(): readonly string[] {
    const got = this.#friend.said.filter(({ event }) => event === "got");
    return [...new Map(got.map((said) => [String(said["message"]), String(said["text"])])).values()];
  }

  /** What stands in Sara's window, without times and names. */
  async lines(texts: readonly string[]): Promise<readonly number[]> {
    return await Promise.all(texts.map((text) => this.page.locator("article").filter({ hasText: text }).count()));
  }

  /** Faults that the page threw. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Opens S2, hands its text out, and closes it. */
  async connection(): Promise<Locator> {
    await this.page
      .getByRole("button", { name: /^Connection/ })
      .first()
      .click();
    const sheet = this.page.locator("dialog[open]");
    await sheet.locator("[data-way]").first().waitFor();
    return sheet;
  }

  async closeSheet(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.page.locator("dialog[open]").waitFor({ state: "detached" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
    await this.#network[Symbol.asyncDispose]();
  }
}
