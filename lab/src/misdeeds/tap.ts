/*
 * A hand on one link of a station: every frame that goes out may be changed, held back or followed by others, a request may be
 * answered in the station's place, and it is known whose link it is, because an account is shown on it. The station itself
 * says only what is true.
 */
import type { Link } from "@chapar/carrier";
import { decodeFrame, type Frame, frameBytes, FrameReader, type Request, type Response } from "@chapar/wire";

/** What is known of a link when a frame goes out. */
export interface Around {
  /** identity shown on the link; undefined before */
  readonly who: Uint8Array | undefined;
  /** what a response answers */
  readonly asked: Request | undefined;
}

/** Changes what goes out; several or none may come of a frame. */
export type Twist = (frame: Frame, around: Around) => readonly Frame[];

/** Answers a request in the station's place, which then never hears of it; undefined: the station answers. */
export type Answer = (request: Request, who: Uint8Array | undefined) => Promise<Response> | undefined;

/** What is done on links. */
export interface Hand {
  readonly twist: Twist;
  readonly answer: Answer;
}

const INTERNAL: Response = { type: "error", code: "station/internal", detail: undefined };

/** A link on which what the station says is not what it said. */
export function tapped(link: Link, { twist, answer }: Hand): Link {
  const asked = new Map<number, Request>();
  const [into, out] = [new FrameReader(), new FrameReader()];
  let who: Uint8Array | undefined;
  const [send, receive] = [link.send.bind(link), link.receive.bind(link)];
  const reply = (id: number, body: Response): void => send(frameBytes({ kind: "response", id, body }));
  link.receive = (receiver) => {
    receive((chunk) => {
      for (const bytes of into.push(chunk.slice()).frames) {
        const decoded = decodeFrame(bytes);
        if (!decoded.ok) continue;
        const frame = decoded.value;
        if (frame.kind === "request") {
          const { id, body } = frame;
          if (body.type === "account.auth") who = body.identity;
          const answered = answer(body, who);
          answered?.then(
            (said) => reply(id, said),
            () => reply(id, INTERNAL),
          );
          if (answered !== undefined) continue;
          asked.set(id, body);
        }
        receiver(frameBytes(frame));
      }
    });
  };
  link.send = (chunk) => {
    for (const bytes of out.push(chunk.slice()).frames) {
      const decoded = decodeFrame(bytes);
      if (!decoded.ok) continue;
      const frame = decoded.value;
      const request = frame.kind === "response" ? asked.get(frame.id) : undefined;
      if (frame.kind === "response") asked.delete(frame.id);
      for (const said of twist(frame, { who, asked: request })) send(frameBytes(said));
    }
  };
  return link;
}
