/* Joins a TCP connection to a stream of a session, both half-closing, neither read faster than the other takes. */
import type { Socket } from "node:net";
import type { SessionStream } from "../session/session-stream.ts";

const HIGH_BYTES: number = 256 * 1024;
const LOW_BYTES: number = 64 * 1024;

/** What is done with what passes. */
export interface PumpOptions {
  /** Told of every chunk, either way. @returns false when no more may pass: both ends are given up */
  readonly passed?: (sizeBytes: number) => boolean;
}

/**
 * Pumps until both directions are over, or one end fails. The stream's receiver must not be set yet, or hand on to
 * `fromStream`; the socket must not flow.
 *
 * @returns takes what came from the stream
 */
export function pump(socket: Socket, stream: SessionStream, options: PumpOptions = {}): (chunk: Uint8Array) => void {
  const allow = options.passed ?? ((): boolean => true);
  const giveUp = (): void => {
    socket.destroy();
    stream.reset();
  };
  socket.on("error", giveUp);
  socket.on("data", (bytes: Buffer) => {
    if (!allow(bytes.byteLength)) return giveUp();
    stream.send(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (stream.unsentBytes < HIGH_BYTES) return undefined;
    socket.pause();
    void stream.drained(LOW_BYTES).then(() => socket.resume());
    return undefined;
  });
  socket.once("end", () => stream.finish());
  socket.once("close", (hadError) => {
    if (hadError || !socket.readableEnded) stream.reset();
  });
  void stream.peerFinished.then(() => socket.end());
  // A stream that was given up, or whose session is over, has no orderly end to pass on.
  void stream.ended.then((how) => (how === "closed" ? undefined : socket.destroy()));
  return (chunk) => {
    if (!allow(chunk.byteLength)) return giveUp();
    if (socket.write(chunk)) return undefined;
    stream.pause();
    socket.once("drain", () => stream.resume());
    return undefined;
  };
}
