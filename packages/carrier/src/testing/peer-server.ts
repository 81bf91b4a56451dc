/*
 * The conformance peers behind a server on loopback, as WebSockets at `/PEER` and as bursts at `/burst/PEER`; and a port
 * that takes and never answers.
 */
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { BurstAcceptor } from "../burst/burst-acceptor.ts";
import { serveBurst, systemClock, WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "../node/index.ts";
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
  const bursts = new Map<string, BurstAcceptor>();
  for (const [name, act] of Object.entries(peers)) {
    const acceptor: BurstAcceptor = new BurstAcceptor({
      clock: systemClock(),
      holdMs: 2_000,
      accept: (link) => act(link, () => acceptor.drop()),
    });
    bursts.set(`/burst/${name}`, acceptor);
  }
  const http = createServer((request, response) => {
    // A page of another origin may read these; a station's own page is of the same.
    response.setHeader("access-control-allow-origin", "*");
    const path = /^\/burst\/[a-z-]+/.exec(request.url ?? "")?.[0] ?? "";
    const acceptor = bursts.get(path);
    const served = acceptor === undefined ? Promise.resolve(false) : serveBurst(acceptor, request, response, path);
    void served.then((was) => (was ? undefined : response.writeHead(404).end()));
  });
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
