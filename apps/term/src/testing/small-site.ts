/* A web site on this machine: what it answers is a function, and whoever asked is remembered. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PhotonImage } from "@cf-wasm/photon";

export interface SmallSite extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** paths in the order they were asked for */
  readonly asked: string[];
  readonly headers: Readonly<Record<string, unknown>>[];
}

/** Opens it. */
export async function smallSite(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<SmallSite> {
  const asked: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    headers.push({ ...request.headers });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    headers,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** A page that says of itself what a preview shows, with a picture at `/picture.png`. */
export function pageOf(title: string): string {
  return `<!doctype html><meta charset=utf-8><meta property="og:title" content="${title}">
    <meta property="og:description" content="Of everything"><meta property="og:image" content="/picture.png">`;
}

/** A picture of one colour as PNG, with a text of its maker's in it. */
export function pngOf(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([20, 90, 160, 255], at);
  return new PhotonImage(pixels, width, height).get_bytes().slice();
}

/** A site with that page, and its picture. */
export const pageSite = (title: string): Promise<SmallSite> =>
  smallSite((request, response) => {
    if (request.url === "/picture.png") response.setHeader("content-type", "image/png").end(pngOf(800, 400));
    else response.setHeader("content-type", "text/html").end(pageOf(title));
  });
