/* The conformance peers behind a WebSocket server on loopback: route `/PEER`, and a port that takes and never answers. */
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { systemClock, WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "../node/index.ts";
import { conformancePeers, type PeerName } from "./peers.ts";

/** Where the peers are. */
export interface PeerServer extends AsyncDisposable {
  /** `ws://…`; a peer's name is the path */
  readonly url: string;
  readonly silentUrl: string;
  /** was free a moment ago */
  readonly refusingUrl: string;
}

const CLOSE_LIMIT_MS = 1500;

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts the server. */
export async function startPeerServer(): Promise<PeerServer> {
  const peers = conformancePeers(systemClock());
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer(WEB_SOCKET_SERVER_OPTIONS);
  const http = createServer((_, response) => response.writeHead(404).end());
  http.on("upgrade", (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => {
      const link = webSocketLink(accepted, { closeLimitMs: CLOSE_LIMIT_MS });
      const name = (request.url ?? "").replace(/^\//, "").replace(/\/v1\/link$/, "") as PeerName;
      if (Object.hasOwn(peers, name)) peers[name](link, () => accepted.terminate());
      else link.close();
    });
  });
  const silent = createTcpServer();
  const unused = createTcpServer();
  for (const server of [http, silent]) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  const [port, silentPort, unusedPort] = await Promise.all([listening(http), listening(silent), listening(unused)]);
  unused.close();
  return {
    url: `ws://127.0.0.1:${port}`,
    silentUrl: `ws://127.0.0.1:${silentPort}`,
    refusingUrl: `ws://127.0.0.1:${unusedPort}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, silent].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
