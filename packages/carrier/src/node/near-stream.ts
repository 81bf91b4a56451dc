/* A stream of a tunnel as its near end opens it: the exit's answer is waited for, and what came behind it is kept in order. */
import type { Session } from "../session/driver.ts";
import type { SessionStream } from "../session/session-stream.ts";
import {
  decodeExitAnswer,
  encodeTunnelRequest,
  type ExitRefusal,
  type TunnelRequest,
} from "../tunnel/tunnel-stream.ts";

const OPEN_LIMIT_MS = 30_000;

/** Why a connection was not opened: the exit's reason, or `no session` while there is none. */
export type TunnelRefusal = ExitRefusal | "no session";

/** A stream whose exit has answered, and what came behind the answer. */
export interface OpenedStream {
  readonly stream: SessionStream;
  /** begins to deliver; to be called once */
  readonly deliver: (taker: (chunk: Uint8Array) => void) => void;
}

/**
 * Opens a stream and waits for the exit's answer.
 *
 * @param gone resolves when nobody waits any more
 */
export async function openStream(
  session: Session | undefined,
  request: TunnelRequest,
  gone: Promise<void>,
): Promise<OpenedStream | TunnelRefusal> {
  const stream = session?.open("bulk", encodeTunnelRequest(request));
  if (stream === undefined) return session === undefined ? "no session" : "busy";
  const answered = Promise.withResolvers<number | undefined>();
  const late: Uint8Array[] = [];
  let taker: ((chunk: Uint8Array) => void) | undefined;
  stream.receive((chunk) => {
    if (taker !== undefined) return taker(chunk);
    // What comes behind the answer waits, here and in the session's window.
    stream.pause();
    taker = (behind) => late.push(behind);
    if (chunk.byteLength > 1) late.push(chunk.subarray(1));
    return answered.resolve(chunk[0]);
  });
  const timer = setTimeout(() => stream.reset(), OPEN_LIMIT_MS);
  void gone.then(() => stream.reset());
  void stream.ended.then(() => answered.resolve(undefined));
  const code = await answered.promise;
  clearTimeout(timer);
  const refusal = code === undefined ? "no session" : decodeExitAnswer(code);
  if (refusal !== undefined) {
    stream.close();
    return refusal;
  }
  return {
    stream,
    deliver(to) {
      for (const chunk of late.splice(0)) to(chunk);
      taker = to;
      stream.resume();
    },
  };
}
