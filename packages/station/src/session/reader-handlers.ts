/* Requests of readers: registering a key, acknowledging, and what there is of a range (E-10 to E-12). */
import { readerMessage, type Request, type Response } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { Bug, stationError } from "../errors.ts";
import { makeManifest } from "../hub/manifests.ts";
import type { Handler } from "./handler.ts";
import { linkNonce } from "./link-nonce.ts";

type Of<Type extends Request["type"]> = Handler<Extract<Request, { type: Type }>>;

/** Registers a reader key; a peer registers its own, with which it has introduced itself. */
export const logReader: Of<"log.reader"> = async (session, { log, reader, from, signature }) => {
  const access = session.readable(log);
  const { ports, self, readers } = session.services;
  if (session.peer !== undefined && !equalBytes(session.peer.ref.key, reader)) {
    throw stationError("station/not-allowed");
  }
  const message = readerMessage(self.ref.key, await linkNonce(session), log, from);
  if (!(await ports.verify(reader, message, signature))) throw stationError("station/bad-signature");
  return { type: "log.reader", word: await readers.register(access, reader, from) };
};

export const logAck: Of<"log.ack"> = async (session, { log, ack }) => {
  await session.services.readers.acknowledge(session.readable(log), ack);
  return { type: "done" };
};

export const logManifest: Of<"log.manifest"> = async (session, { log, reader, first, count }): Promise<Response> => {
  const access = session.readable(log);
  const { ports, hub, federation } = session.services;
  const outcome = await makeManifest({ ports, hub }, access, { reader, first, count });
  if ("manifest" in outcome) return { type: "log.manifest", manifest: outcome.manifest };
  const { mirror } = access.log.record;
  if (mirror === undefined) throw new Bug("a hub without bodies that it was given");
  // A station never passes on for a peer (W-24).
  if (session.peer !== undefined) throw stationError("station/not-allowed");
  ports.observer.count("forwards", 1, "log.manifest");
  return await federation.askHub(log, mirror.hub.key, {
    type: "log.manifest",
    log,
    reader: undefined,
    first,
    count: outcome.absent,
  });
};
