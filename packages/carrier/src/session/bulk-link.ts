/*
 * A second link of a session for what is large and may wait (protocol/6-flows.md F-94): a stream of bulk on which the same frames are
 * spoken as on stream 0. Whatever leaves there gives way to text of the same session, segment by segment.
 */
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import type { Link } from "../port.ts";
import type { Session } from "./driver.ts";
import type { SessionStream } from "./session-stream.ts";

/** The label of such a stream. */
const LABEL: Uint8Array = utf8("chapar link v1");
/** Open at once in one session; one more replaces none and is given up. */
const MAX_OPEN = 2;

/** Neither end of a link reads on when the other has closed. */
function asLink(stream: SessionStream): Link {
  void stream.peerFinished.then(() => stream.close());
  return stream;
}

/** Opens one. @returns undefined when the session is over or has too many streams */
export function openBulkLink(session: Session): Link | undefined {
  const stream = session.open("bulk", LABEL);
  return stream && asLink(stream);
}

/**
 * Takes a session's streams: links of bulk by themselves, all others as before.
 *
 * @param accept  takes a link whose frames begin
 */
export function serveStreams(
  session: Session,
  accept: (link: Link) => void,
  other: (stream: SessionStream) => void,
): void {
  let open = 0;
  session.onStream((stream) => {
    if (!equalBytes(stream.label, LABEL)) return other(stream);
    if (stream.priority !== "bulk" || open >= MAX_OPEN) return stream.reset();
    open += 1;
    void stream.ended.then(() => void (open -= 1));
    accept(asLink(stream));
  });
}
