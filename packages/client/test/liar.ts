/*
 * A station that lies: between an engine and an honest station stands a hand that may change every frame on its way to the
 * engine, and knows the station's signing key.
 */
import type { Carrier, Link } from "@chapar/carrier";
import { nodeCrypto } from "@chapar/e2e/node";
import { BatchBuilder, createTreeHasher } from "@chapar/log";
import { decodeFrame, type Frame, frameBytes, FrameReader, type Request, type Response } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";

/** Changes a frame; several or none may come of it. `asked` is the request that a response answers. */
export type Lie = (frame: Frame, asked: Request | undefined) => readonly Frame[];

const honest: Lie = (frame) => [frame];
const crypto = nodeCrypto();

/** A way to a station on which somebody may lie. */
export class Liar {
  lie: Lie = honest;
  /** answers a request in the station's name, which then never hears of it */
  answer: (request: Request) => Response | Promise<Response> | undefined = () => undefined;
  readonly #links = new Set<(frame: Frame) => void>();

  /** Goes back to passing on what the station says. */
  repent(): void {
    this.lie = honest;
    this.answer = () => undefined;
  }

  /** Says something on every open link. */
  say(frame: Frame): void {
    for (const say of this.#links) say(frame);
  }

  carrier(inner: Carrier): Carrier {
    return {
      kind: inner.kind,
      handles: (route) => inner.handles(route),
      dial: async (route, options) => this.#bend(await inner.dial(route, options)),
    };
  }

  #bend(link: Link): Link {
    const asked = new Map<number, Request>();
    let say: ((frame: Frame) => void) | undefined;
    const [out, into] = [new FrameReader(), new FrameReader()];
    const send = link.send.bind(link);
    const receive = link.receive.bind(link);
    link.send = (bytes) => {
      for (const frame of out.push(bytes).frames) {
        const decoded = decodeFrame(frame.slice());
        if (!decoded.ok || decoded.value.kind === "response") throw new Error("an engine only asks and says");
        if (decoded.value.kind === "notice") {
          send(frameBytes(decoded.value));
          continue;
        }
        const { id, body } = decoded.value;
        asked.set(id, body);
        const answered = this.answer(body);
        if (answered === undefined) send(frameBytes(decoded.value));
        else void Promise.resolve(answered).then((said) => say?.({ kind: "response", id, body: said }));
      }
    };
    link.receive = (receiver) => {
      const deliver = (frame: Frame): void => receiver(frameBytes(frame));
      say = deliver;
      this.#links.add(deliver);
      void link.ended.then(() => this.#links.delete(deliver));
      receive((chunk) => {
        for (const bytes of into.push(chunk).frames) {
          const decoded = decodeFrame(bytes.slice());
          if (!decoded.ok) throw new Error("the honest station does not say such things");
          const frame = decoded.value;
          const request = frame.kind === "response" ? asked.get(frame.id) : undefined;
          for (const said of this.lie(frame, request)) deliver(said);
        }
      });
    };
    return link;
  }
}

/** A signed head of any size and root, by the key of a test station. */
export async function signedHead(
  station: string,
  head: { readonly logId: Uint8Array; readonly size: number; readonly root: Uint8Array; readonly timeMs: number },
): Promise<Uint8Array> {
  const seed = crypto.sha256(utf8(`station ${station}`));
  const publicKey = await crypto.ed25519.publicKey(seed);
  const builder = new BatchBuilder(createTreeHasher((bytes) => crypto.sha256(bytes)));
  const at = builder.head({ logId: head.logId, size: head.size, root: head.root });
  const signer = { publicKey, sign: (message: Uint8Array) => crypto.ed25519.sign(seed, message) };
  return (await builder.seal(signer, head.timeMs)).encode(at);
}

/** The bytes with one bit changed. */
export function flip(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out[at] = (out[at] ?? 0) ^ 1;
  return out;
}
