/*
 * A camera held before a screen: what the browser takes for its camera is a film of one picture, which is what that screen shows.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";

const WIDTH = 640;
const HEIGHT = 480;

/** The brightness of a picture, laid in the middle of a grey table as high as a camera sees it. */
async function brightness(page: Page, png: Buffer): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ({ png64, width, height }) => {
      const bytes = Uint8Array.from(atob(png64), (letter) => letter.codePointAt(0) ?? 0);
      const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (context === null) return "";
      context.fillStyle = "#888";
      context.fillRect(0, 0, width, height);
      const scale = Math.min((width - 40) / picture.width, (height - 40) / picture.height);
      const [wide, high] = [picture.width * scale, picture.height * scale];
      context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
      const { data } = context.getImageData(0, 0, width, height);
      let text = "";
      for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
        text += String.fromCodePoint(Math.round(0.299 * red + 0.587 * green + 0.114 * blue));
      }
      return btoa(text);
    },
    { png64: png.toString("base64"), width: WIDTH, height: HEIGHT },
  );
  return Buffer.from(base64, "base64");
}

/** One camera of one browser. */
export class Camera {
  readonly #folder: string;
  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Camera> {
    return new Camera(await mkdtemp(join(tmpdir(), "chapar-camera-")));
  }

  get #film(): string {
    return join(this.#folder, "film.y4m");
  }

  /** What the browser is started with. */
  get flags(): readonly string[] {
    return ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${this.#film}`];
  }

  /** Holds it before a part of a screen, as it looks now; whoever turns the camera on from now on sees that. */
  async holdBefore(shown: Locator): Promise<void> {
    const luma = await brightness(shown.page(), await shown.screenshot());
    const colourless = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
    const film = [`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`, "FRAME\n"].map((line) =>
      Buffer.from(line),
    );
    await writeFile(this.#film, Buffer.concat([...film, luma, colourless]));
  }

  async end(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
