/*
 * A connection through a Shadowsocks server as a Node stream, for whoever speaks over streams: our own links and `ws`. The
 * address of the target travels with the first bytes that are written, as one packet; alone only when nothing is written
 * at once.
 */
import { connect, isIPv4, isIPv6, type LookupFunction, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { Shadowsocks2022Client } from "./shadowsocks-2022.ts";
import { saltWith, ShadowsocksOpener, ShadowsocksSealer } from "./shadowsocks-cipher.ts";
import { is2022, type ShadowsocksRoute } from "./shadowsocks-route.ts";

/** For those who let the other end speak first. */
const ALONE_AFTER_MS = 10;

/** SOCKS5's form of an address (RFC 1928 §5), which Shadowsocks shares. */
export function shadowsocksAddress({ host, port }: ShadowsocksRoute["target"]): Uint8Array {
  const tail = [port >> 8, port & 0xff];
  if (isIPv4(host)) return Uint8Array.from([1, ...host.split(".").map(Number), ...tail]);
  if (isIPv6(host)) return Uint8Array.from([4, ...ipv6Bytes(host), ...tail]);
  const name = Buffer.from(host, "latin1");
  if (name.byteLength > 255) throw new RangeError("host name too long");
  return Uint8Array.from([3, name.byteLength, ...name, ...tail]);
}

function ipv6Bytes(host: string): readonly number[] {
  // The URL parser writes an address in its shortest form, the last four bytes in hex like the others.
  const [head = "", tail] = new URL(`tcp://[${host}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head.split(":").filter(Boolean), (tail ?? "").split(":").filter(Boolean)];
  const gap = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => "0");
  return [...before, ...gap, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** What the two editions have in common for a client. */
interface ClientStream {
  /** the first bytes, behind the address */
  begin(address: Uint8Array, bytes: Uint8Array): Uint8Array;
  seal(bytes: Uint8Array): Uint8Array;
  /** @returns undefined once anything is not authentic */
  open(bytes: Uint8Array): readonly Uint8Array[] | undefined;
}

function clientStream({ method, key, prefix }: ShadowsocksRoute): ClientStream {
  if (is2022(method)) return new Shadowsocks2022Client(method, key, saltWith(prefix, key.byteLength), Date.now);
  const sealer = new ShadowsocksSealer(method, key, prefix);
  const opener = new ShadowsocksOpener(method, key);
  return {
    begin: (address, bytes) => sealer.seal(Buffer.concat([address, bytes])),
    seal: (bytes) => sealer.seal(bytes),
    open: (bytes) => opener.open(bytes),
  };
}

/** A stream to the target of a route. */
export class ShadowsocksSocket extends Duplex {
  readonly #socket: Socket;
  readonly #stream: ClientStream;
  #address: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param lookup names to addresses; the system's resolver */
  constructor(route: ShadowsocksRoute, lookup?: LookupFunction) {
    super({ allowHalfOpen: true });
    this.#stream = clientStream(route);
    this.#address = shadowsocksAddress(route.target);
    const socket = connect({
      ...route.server,
      ...(lookup === undefined ? {} : { lookup }),
      noDelay: true,
      allowHalfOpen: true,
    });
    this.#socket = socket;
    socket.once("connect", () => {
      this.emit("connect");
      this.#timer = setTimeout(() => void socket.write(this.#seal(new Uint8Array(0))), ALONE_AFTER_MS);
    });
    socket.on("data", (bytes: Buffer) => {
      const opened = this.#stream.open(bytes);
      if (opened === undefined) this.destroy(new Error("not authentic"));
      for (const part of opened ?? []) if (!this.push(part)) socket.pause();
    });
    socket.once("end", () => this.push(null));
    socket.once("error", (error) => this.destroy(error));
    socket.once("close", () => {
      if (!this.readableEnded && !this.destroyed) this.destroy();
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(this.#seal(chunk), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#address !== undefined) this.#socket.write(this.#seal(new Uint8Array(0)));
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    done(error);
  }

  /** Seals bytes, behind the address when they are the first. */
  #seal(bytes: Uint8Array): Uint8Array {
    clearTimeout(this.#timer);
    const address = this.#address;
    this.#address = undefined;
    return address === undefined ? this.#stream.seal(bytes) : this.#stream.begin(address, bytes);
  }
}
