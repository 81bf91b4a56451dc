/* A mirror as a reader of its hub (E-12): registered with the station's key, acknowledging what is on its disk. */
import { signAck } from "@chapar/evidence";
import { readerMessage } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { linkNonce } from "../session/link-nonce.ts";
import type { LinkState } from "../session/services.ts";
import type { Mirror } from "./mirror.ts";
import type { Peers } from "./peers.ts";

interface ToHub {
  /** the link on which the hub pushes */
  readonly session: LinkState;
  readonly peers: Peers;
  /** of this station */
  readonly signer: Signer;
}

/** Registers this station at a room's hub, from the end of its copy on. A hub that takes no readers is none the worse. */
export async function registerMirror(mirror: Mirror, { session, peers, signer }: ToHub): Promise<void> {
  const from = mirror.size;
  const signature = await signer.sign(readerMessage(mirror.hub.key, await linkNonce(session), mirror.id, from));
  await peers.askOn(session, { type: "log.reader", log: mirror.id, reader: signer.publicKey, from, signature });
}

/**
 * Tells a room's hub how much of it is durable here; answers how much that is. Cost: one signature.
 *
 * @throws StationError what the hub answered · `station/peer-unreachable`
 */
export async function acknowledgeMirror(mirror: Mirror, { session, peers, signer }: ToHub): Promise<number> {
  const upTo = mirror.size;
  const ack = await signAck({ station: mirror.hub.key, log: mirror.id, upTo }, signer);
  const answer = await peers.askOn(session, { type: "log.ack", log: mirror.id, ack });
  if (answer.type === "error") throw stationError(answer.code, answer.detail);
  return upTo;
}
