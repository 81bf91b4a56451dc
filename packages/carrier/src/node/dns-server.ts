/*
 * The sockets of a name server that serves one zone: UDP, and TCP for resolvers that ask again that way (RFC 7766), both at one port.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6, type AddressInfo, type Server, type Socket } from "node:net";
import type { DnsAcceptor } from "../dns/dns-acceptor.ts";

/** Bytes that the kernel keeps while this process is busy. */
const BUFFER_BYTES: number = 2 * 1024 * 1024;
const MAX_TCP = 64;
const TCP_IDLE_MS = 10_000;
const MAX_TCP_BYTES = 0xffff;
const MIN_MESSAGE_BYTES = 12;

/** Where it listens, and what it answers with. */
export interface DnsServerOptions {
  readonly acceptor: DnsAcceptor;
  /** 53 in the world */
  readonly port: number;
  /** address to listen at; all of IPv4 */
  readonly host?: string | undefined;
  /** whose links are counted together: an address, or its network */
  readonly sourceOf?: (address: string) => string;
}

/** A server that runs. */
export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

/** Takes messages that come as `length u16, message` (RFC 1035 §4.2.2). */
function serve(socket: Socket, acceptor: DnsAcceptor, source: string): void {
  let held: Buffer = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => {
    held = held.byteLength === 0 ? bytes : Buffer.concat([held, bytes]);
    while (held.byteLength >= 2) {
      const sizeBytes = held.readUInt16BE(0);
      if (sizeBytes < MIN_MESSAGE_BYTES) return socket.destroy();
      if (held.byteLength < 2 + sizeBytes) return undefined;
      const message = new Uint8Array(held.subarray(2, 2 + sizeBytes));
      held = held.subarray(2 + sizeBytes);
      const reply = (answer: Uint8Array): void => {
        if (!socket.writable) return;
        socket.write(Buffer.concat([Uint8Array.of(answer.byteLength >> 8, answer.byteLength & 0xff), answer]));
      };
      acceptor.handle(message, source, reply, MAX_TCP_BYTES);
    }
    return undefined;
  });
}

async function listenUdp(port: number, host: string): Promise<UdpSocket> {
  const udp = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", recvBufferSize: BUFFER_BYTES });
  udp.bind(port, host);
  await once(udp, "listening");
  return udp;
}

async function listenTcp(port: number, host: string): Promise<Server> {
  const tcp = createServer();
  tcp.maxConnections = MAX_TCP;
  tcp.listen(port, host);
  await once(tcp, "listening");
  return tcp;
}

/** Starts a name server. @throws Error `EADDRINUSE`, `EACCES` and the like from the sockets */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { acceptor, host = "0.0.0.0", sourceOf = (address: string): string => address } = options;
  const tcp = await listenTcp(options.port, host);
  const { port } = tcp.address() as AddressInfo;
  let udp: UdpSocket;
  try {
    udp = await listenUdp(port, host);
  } catch (error) {
    tcp.close();
    throw error;
  }
  udp.on("error", () => undefined);
  udp.on("message", (bytes, { address, port: to }) => {
    acceptor.handle(new Uint8Array(bytes), sourceOf(address), (answer) => {
      // Held queries may be answered after the end.
      if (!isClosed) udp.send(answer, to, address, () => undefined);
    });
  });
  const sockets = new Set<Socket>();
  tcp.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, acceptor, sourceOf(socket.remoteAddress ?? ""));
  });
  let isClosed = false;
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      udp.close();
      for (const socket of sockets) socket.destroy();
      const closed = once(tcp, "close");
      tcp.close();
      await closed;
    },
  };
}
