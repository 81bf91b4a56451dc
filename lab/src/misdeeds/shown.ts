/* What was shown on a link of a station: the account, and the rooms that were opened. Whoever has the station's memory has the same. */
import type { Link } from "@chapar/carrier";
import { decodeFrame, FrameReader, idText, logId, type Request } from "@chapar/wire";

/** What one link was shown so far. */
export interface Shown {
  readonly identity: Uint8Array | undefined;
  /** logs by their text */
  readonly logs: ReadonlyMap<string, Uint8Array>;
}

/** Listens to what is asked on a link, and changes nothing. */
export function shownOn(link: Link): Shown {
  const shown = { identity: undefined as Uint8Array | undefined, logs: new Map<string, Uint8Array>() };
  const reader = new FrameReader();
  const note = (request: Request): void => {
    if (request.type === "account.auth") shown.identity = request.identity;
    if (request.type === "log.open") shown.logs.set(idText(logId(request.log)), request.log);
  };
  const receive = link.receive.bind(link);
  link.receive = (receiver) => {
    receive((chunk) => {
      for (const bytes of reader.push(chunk.slice()).frames) {
        const frame = decodeFrame(bytes);
        if (frame.ok && frame.value.kind === "request") note(frame.value.body);
      }
      receiver(chunk);
    });
  };
  return shown;
}
