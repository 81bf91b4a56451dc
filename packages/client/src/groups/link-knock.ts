/*
 * What somebody with a link into a group leaves in the inbox of its maker, and what answers it (F-76), both sealed under the link (link-sealing.ts).
 *
 *   ask = conversation[20], identity[20], station StationRef, name text<256>
 */
import {
  type IdentityId,
  identityId,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteWriter } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import { type LinkKnock, openUnderLink, sealUnderLink } from "../conversation/link-sealing.ts";
import type { Core } from "../core.ts";
import { GROUP_ANSWER_FRAME, GROUP_ASK_FRAME } from "../sync/knock-frames.ts";

const ID_BYTES = 20;
const MAX_NAME_BYTES = 256;
const ASK: LinkKnock = { frame: GROUP_ASK_FRAME, label: "chapar group ask", bytes: 2048 };

/** The knock that answers one who is not let in. */
export const GROUP_ANSWER: LinkKnock = { frame: GROUP_ANSWER_FRAME, label: "chapar group answer", bytes: 64 };

/** Somebody who wants to come in. */
export interface LinkAsk {
  readonly conversation: Uint8Array;
  readonly identity: IdentityId;
  /** where they rest */
  readonly station: StationRef;
  readonly name: string;
}

/** Seals an ask under a link. */
export async function sealAsk(
  core: Pick<Core, "crypto" | "random">,
  seed: Uint8Array,
  ask: LinkAsk,
): Promise<Uint8Array> {
  const writer = new ByteWriter(256).bytes(ask.conversation).bytes(ask.identity);
  writeStationRef(writer, ask.station);
  return sealUnderLink(core, seed, ASK, writer.text(ask.name).finish());
}

/** Opens one that was sealed under this link; undefined for anything else. */
export async function openAsk(
  core: Pick<Core, "crypto">,
  seed: Uint8Array,
  frame: Uint8Array,
): Promise<LinkAsk | undefined> {
  const reader = await openUnderLink(core, seed, ASK, frame);
  if (reader === undefined) return undefined;
  const conversation = reader.bytes(ID_BYTES).slice();
  const identity = reader.bytes(ID_BYTES).slice();
  const { key, urls } = readStationRef(reader);
  const name = reader.text(MAX_NAME_BYTES);
  reader.rest();
  const decoded = reader.finish({ conversation, name });
  if (!decoded.ok) return undefined;
  const station = { key: stationKey(key.slice()), urls };
  return { conversation, identity: identityId(identity), station, name: cleanName(name) ?? "" };
}
