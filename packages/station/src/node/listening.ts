/* The port of a station: bound before anything else, so that a taken one is said at once. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { InnerAddress } from "./ss-door.ts";

/** Where a station listens. */
export interface ListeningAt {
  readonly host?: string;
  /** 0 for any free one */
  readonly port: number;
  /** how others reach it, when that is another URL */
  readonly publicUrl?: string;
}

/** Binds the port. @returns the URL to be told, and the address on this machine @throws Error `EADDRINUSE` and the like */
export async function listen(
  server: Server,
  config: ListeningAt,
): Promise<{ readonly url: string; readonly inner: InnerAddress }> {
  const host = config.host ?? "127.0.0.1";
  server.listen(config.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const isWildcard = host === "0.0.0.0" || host === "::";
  const name = isWildcard ? "localhost" : host.includes(":") ? `[${host}]` : host;
  const inner = { host: isWildcard ? "127.0.0.1" : host, port };
  return { url: config.publicUrl ?? `http://${name}:${port}`, inner };
}
