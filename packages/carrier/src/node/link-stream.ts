/* A link as a Node stream, for what speaks over streams: TLS. */
import { Duplex } from "node:stream";
import type { Link } from "../port.ts";

/** Bytes that may wait on the link before the stream holds its writer back. */
const HIGH_BYTES: number = 64 * 1024;

/** Drives a link that has just been handed out as a stream. Ends with the link, whatever the way in which that ended. */
export class LinkStream extends Duplex {
  readonly #link: Link;

  constructor(link: Link) {
    super({ allowHalfOpen: true });
    this.#link = link;
    link.receive((chunk) => {
      if (!this.push(chunk)) link.pause();
    });
    const over = (): void => {
      this.push(null);
      this.end();
    };
    void link.ended.then(over);
  }

  override _read(): void {
    this.#link.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#link.send(chunk);
    this.#sent(done);
  }

  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this.#link.send(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    this.#sent(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#link.close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#link.close();
    done(error);
  }

  #sent(goOn: () => void): void {
    if (this.#link.unsentBytes < HIGH_BYTES) goOn();
    else void this.#link.drained(HIGH_BYTES).then(goOn);
  }
}
