/*
 * The door for the local network (protocol/8-road.md P-102): a port of its own that takes sealed links and says 404 to everything else, and an ear that tells where it is
 * to whoever asks by the station's key. It works with no way to the internet at all.
 */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { addressClass } from "@chapar/carrier";
import { startLanResponder } from "@chapar/carrier/node";

const REQUEST_LIMIT_MS = 10_000;

/** How a station is found on the local network. */
export interface LanDoorConfig {
  /** port of the door; any free one */
  readonly port?: number;
  /** address of the one interface to be found at; all of IPv4 */
  readonly interface?: string;
  /** whether everybody on the network is told of it (protocol/17-island.md J-30); only who has its key finds it */
  readonly isAnnounced?: boolean;
  /** where questions are heard; 5353 */
  readonly mdnsPort?: number;
}

/** A door that is open. */
export interface LanDoor extends AsyncDisposable {
  readonly port: number;
}

/** Opens it. @param listen takes what is asked of the server @throws Error `EADDRINUSE` and the like from the sockets */
export async function openLanDoor(
  config: LanDoorConfig,
  key: Uint8Array,
  listen: (server: Server) => void,
): Promise<LanDoor> {
  const server = createServer((_, response) => response.writeHead(404, { connection: "close" }).end());
  server.headersTimeout = server.requestTimeout = REQUEST_LIMIT_MS;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    // A machine may have an address on the open internet too: this door is not for there.
    if (addressClass(socket.remoteAddress ?? "") === "public") return socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    return undefined;
  });
  listen(server);
  server.listen(config.port ?? 0, config.interface ?? "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { port: _, ...heard } = config;
  try {
    const responder = await startLanResponder({ ...heard, key, port });
    return {
      port,
      async [Symbol.asyncDispose]() {
        await responder[Symbol.asyncDispose]();
        const closed = once(server, "close");
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}
