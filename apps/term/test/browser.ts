/* Sara's side: the real web app in a real Chromium, used by the names and roles that a person and a screen reader meet. */
import { basename } from "node:path";
import { type BrowserContext, chromium, type BrowserContextOptions, type Page } from "playwright-core";

const EXECUTABLE = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A message as the page shows it. */
export interface ShownMessage {
  readonly position: number;
  readonly mine: boolean;
  readonly text: string;
  readonly label: string;
}

// The next functions run inside the page: they may use nothing but what the page has.

const draw = async (): Promise<string> => {
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  const picture = context.createImageData(640, 480);
  for (let at = 0; at < picture.data.length; at += 4) {
    const pixel = at / 4;
    picture.data.set([(pixel % 640) / 3, pixel / 640 / 2, (pixel * 7919) % 97, 255], at);
  }
  context.putImageData(picture, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return (new Uint8Array(await blob.arrayBuffer()) as Uint8Array & { toBase64(): string }).toBase64();
};

/** The page may not fetch its own blob URLs (its content policy), so the test keeps the blobs they were made from. */
const keepBlobs = (): void => {
  const make = URL.createObjectURL.bind(URL);
  const kept = new Map<string, Blob>();
  Object.assign(globalThis, { keptBlobs: kept });
  URL.createObjectURL = (blob: Blob): string => {
    const url = make(blob);
    kept.set(url, blob);
    return url;
  };
};

const bytesOfImage = async (element: Element): Promise<string> => {
  const { keptBlobs } = globalThis as unknown as { readonly keptBlobs: ReadonlyMap<string, Blob> };
  const blob = keptBlobs.get((element as HTMLImageElement).src);
  if (blob === undefined) throw new Error("the picture is not from a blob");
  return (new Uint8Array(await blob.arrayBuffer()) as Uint8Array & { toBase64(): string }).toBase64();
};

const factsOf = (rows: readonly Element[]): [string, string][] =>
  rows.map((row) => [row.querySelector("dt")?.textContent ?? "", row.querySelector("dd")?.textContent ?? ""]);

const collect = async (): Promise<ShownMessage[]> => {
  const found = new Map<number, ShownMessage>();
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- it travels into the page with its function
  const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
  const first = document.querySelector("article[data-position]");
  let list = first?.parentElement ?? undefined;
  while (list !== undefined && !/auto|scroll/.test(getComputedStyle(list).overflowY))
    list = list.parentElement ?? undefined;
  if (list === undefined) return [];
  const take = (): void => {
    for (const article of document.querySelectorAll<HTMLElement>("article[data-position]")) {
      const position = Number(article.dataset["position"]);
      const body = article.querySelector("div[dir=auto]")?.cloneNode(true) as HTMLElement | undefined;
      body?.querySelector("time")?.parentElement?.remove();
      const label = article.getAttribute("aria-label") ?? "";
      found.set(position, {
        position,
        mine: article.dataset["mine"] === "true",
        text: body?.textContent ?? "",
        label,
      });
    }
  };
  // Older pages are loaded on the way up, so the top is where nothing changes any more.
  for (let still = 0, before = -1; still < 5;) {
    list.scrollTop = 0;
    await frame();
    take();
    still = found.size === before ? still + 1 : 0;
    before = found.size;
  }
  for (let top = 0; top <= list.scrollHeight; top += list.clientHeight / 3) {
    list.scrollTop = top;
    await frame();
    take();
  }
  return [...found.values()].sort((a, b) => a.position - b.position);
};

/** A label that ends with a name; the page wraps names in isolates, so that they do not turn what stands around them. */
const named = (words: string, name: string): RegExp =>
  new RegExp(`^${words} \u2068?${name.replaceAll(".", String.raw`\.`)}\u2069?$`);

/** The number in a text, whatever groups its digits. */
const digits = (text: string | undefined): number => Number((text ?? "").replaceAll(/\D/g, ""));

/** A browser that begins anew with what it kept, on a machine that does other things as well. */
const PATIENCE_MS = 90_000;
const SEEN = { locale: "en-GB", viewport: { width: 1100, height: 800 } } as const;

/** A person with the web app. */
export class WebPerson implements AsyncDisposable {
  #page: Page;
  readonly #context: BrowserContext;
  readonly #end: () => Promise<void>;
  readonly #complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, end: () => Promise<void>) {
    this.#context = context;
    this.#end = end;
    this.#page = this.#hearing(page);
  }

  #hearing(page: Page): Page {
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
    // What the content policy of the station refuses is told only here.
    page.on("console", (message) => {
      if (message.type() === "error") this.#complaints.push(message.text());
    });
    return page;
  }

  /** @param given  what differs from the usual browser */
  static async open(given: BrowserContextOptions = {}): Promise<WebPerson> {
    const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
    const context = await browser.newContext({ ...SEEN, ...given });
    await context.addInitScript(keepBlobs);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    return new WebPerson(context, await context.newPage(), () => browser.close());
  }

  /** A browser that keeps what it has in a folder, and begins again with it. */
  static async keeping(folder: string): Promise<WebPerson> {
    const options = { ...SEEN, executablePath: EXECUTABLE, args: ARGUMENTS };
    const context = await chromium.launchPersistentContext(folder, options);
    context.setDefaultTimeout(PATIENCE_MS);
    const [page = await context.newPage()] = context.pages();
    return new WebPerson(context, page, () => context.close());
  }

  get page(): Page {
    return this.#page;
  }

  /** Ends the browser's process at once, as a phone does that needs its memory. */
  async kill(): Promise<void> {
    const session = await this.#context.browser()?.newBrowserCDPSession();
    if (session === undefined) throw new Error("no browser of its own");
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const own = processInfo.find(({ type }) => type === "browser");
    if (own === undefined) throw new Error("the browser does not tell its process");
    const gone = new Promise<void>((resolve) => this.#context.once("close", () => resolve()));
    process.kill(own.id, "SIGKILL");
    await gone;
  }

  /** Closes the tab and opens another. */
  async reopen(): Promise<void> {
    const next = this.#hearing(await this.#context.newPage());
    await this.#page.close();
    this.#page = next;
  }

  /** Errors in the page's console. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Opens an invite, types a name, and is in. */
  async join(invite: string, name: string): Promise<void> {
    await this.page.goto(invite);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Start writing" }).click();
  }

  /** Opens the invite of another person from the list of chats. */
  async openPerson(invite: string): Promise<void> {
    await this.page.getByRole("button", { name: "New chat" }).first().click();
    await this.page.getByLabel("Invite link", { exact: true }).fill(invite);
    const before = await this.page.evaluate(() => location.hash);
    await this.page.getByRole("button", { name: "Continue" }).click();
    // Beside the list another conversation may still stand, whose field would take what is written before it goes.
    await this.page.waitForFunction((hash) => location.hash.startsWith("#c/") && location.hash !== hash, before);
    await this.page.getByRole("dialog").waitFor({ state: "detached" });
    await this.page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
    await this.composer.waitFor();
  }

  get composer(): ReturnType<Page["getByLabel"]> {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  async attach(fileName: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.#attach(fileName, { name: fileName, mimeType, buffer });
  }

  /** A file of this machine, which the browser reads itself. */
  async attachPath(path: string): Promise<void> {
    await this.#attach(basename(path), path);
  }

  async #attach(fileName: string, file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.locator('form input[type="file"]').setInputFiles(file);
    await this.page.getByRole("button", { name: named("Remove", fileName) }).waitFor();
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
  }

  /** A photograph: colours and noise, pressed into a JPEG by the browser itself. */
  photograph(): Promise<Buffer> {
    return this.page.evaluate(draw).then((base64) => Buffer.from(base64, "base64"));
  }

  /** Bytes of the photo from the other side, as the page shows it. */
  async shownPhoto(from: string): Promise<Buffer> {
    const image = this.page.getByRole("button", { name: named("Photo from", from) }).locator("img");
    await image.waitFor();
    return Buffer.from(await image.evaluate(bytesOfImage), "base64");
  }

  /** Waits until the conversation has this many messages and the own ones are at the station. */
  async count(messages: number): Promise<void> {
    await this.page.locator(`article[aria-setsize="${messages}"]`).first().waitFor({ timeout: 120_000 });
  }

  /** Every message of the open conversation, read by scrolling from its beginning to its end. */
  async messages(): Promise<readonly ShownMessage[]> {
    return this.page.evaluate(collect);
  }

  /** The receipt of the newest own message, as its sheet shows and copies it. */
  async newestReceipt(): Promise<Readonly<Record<string, unknown>>> {
    const article = this.page.locator('article[data-mine="true"]').last();
    await article.focus();
    await article.press("Enter");
    await this.page.getByRole("menuitem", { name: "Receipt" }).click();
    const copy = this.page.getByRole("button", { name: "Copy the proof" });
    await copy.click();
    const proof = await this.page.evaluate(() => navigator.clipboard.readText());
    const sheet = this.page.getByRole("dialog", { name: "Receipt" });
    const facts = new Map(await sheet.locator("dl > div").evaluateAll(factsOf));
    const size = [...facts.keys()].find((label) => label.startsWith("Root at size"));
    await this.page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    return {
      proof,
      index: digits(facts.get("Place in the log")),
      size: digits(size),
      log: facts.get("Log"),
      leafHash: facts.get("Leaf hash"),
      station: facts.get("Signed by station"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
