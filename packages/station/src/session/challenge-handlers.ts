/* Challenges (protocol/9-rule-r.md §5): put through this station's witness, or asked by another's. */
import { checkChallenge, createEvidencePorts, encodeAnswer, type CheckedChallenge } from "@chapar/evidence";
import { inclusionProof } from "@chapar/log";
import { logId, mirrorMessage, type ReadProof, type Request, type Response, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { makeManifest } from "../hub/manifests.ts";
import { readableSize, type Access } from "../hub/hot-log.ts";
import type { LinkState } from "./services.ts";

type Asked<Type extends Request["type"]> = Extract<Request, { readonly type: Type }>;
type Answering<Type extends Request["type"]> = (session: LinkState, request: Asked<Type>) => Promise<Response>;

/** The op with the genesis, by which whoever asks computes the commitment (E-40). */
async function op({ services: { ports } }: LinkState, { challenge }: CheckedChallenge): Promise<Uint8Array> {
  const chain = await ports.store.ledger.chain(challenge.subject);
  const [genesis, asked] = [chain?.[0], chain?.[challenge.index]];
  if (genesis === undefined || asked === undefined) throw stationError("station/out-of-range", chain?.length ?? 0);
  return encodeAnswer({ kind: "op", genesis, op: asked });
}

/** The entry with its inclusion in the tree of the basis; for whoever may read it. */
async function entry(
  session: LinkState,
  { challenge, basis }: Extract<CheckedChallenge, { kind: "entry" }>,
  by: { readonly witness: StationKey; readonly read: ReadProof | undefined },
): Promise<Uint8Array> {
  const { hub, ports } = session.services;
  const id = logId(challenge.subject);
  const log = await hub.cache.get(id);
  if (log === undefined || log.isMirror || by.read === undefined) throw stationError("station/not-allowed");
  const access: Access = hub.newAccess(log, session.frames);
  try {
    await hub.showRead(access, { proof: by.read, message: mirrorMessage(by.witness, id) }).catch(() => {
      throw stationError("station/not-allowed");
    });
    const { index } = challenge;
    if (index >= readableSize(access) && index < log.size) throw stationError("station/not-allowed");
    if (basis.size > log.size) throw stationError("station/out-of-range", log.size);
    const [chunk] = await ports.store.chunks(id, index, 1);
    const body = chunk?.first === index ? chunk.entries[0] : undefined;
    if (body === undefined) {
      const { reader } = challenge;
      const said = await makeManifest({ ports, hub }, access, { reader, first: index, count: 1 });
      if ("absent" in said) throw stationError("station/pruned", said.absent);
      return encodeAnswer({ kind: "manifest", manifest: said.manifest });
    }
    await hub.cache.leaves(log);
    const inclusion = await inclusionProof(index, basis.size, log.tree().reader, hub.hasher);
    return encodeAnswer({ kind: "entry", entry: body, inclusion });
  } finally {
    hub.endAccess(access);
  }
}

/** Handlers of this file. */
export const CHALLENGE_HANDLERS: { readonly [Type in "challenge.put" | "challenge.ask"]: Answering<Type> } = {
  "challenge.put": async (session, put) => {
    const { challenges } = session.services;
    if (challenges === undefined) throw stationError("wire/unknown-frame");
    return await challenges.put(session, put);
  },

  "challenge.ask": async (session, { challenge, read }) => {
    const { ports, self } = session.services;
    if (session.peer === undefined) throw stationError("station/not-allowed");
    const checked = await checkChallenge(challenge, createEvidencePorts(ports.sha256, ports.verify));
    if (!checked.ok || !equalBytes(checked.value.challenge.station, self.ref.key))
      throw stationError("station/bad-signature");
    const by = { witness: session.peer.ref.key, read };
    const asked = checked.value;
    const answer = asked.kind === "identity" ? await op(session, asked) : await entry(session, asked, by);
    return { type: "challenge.answered", answer };
  },
};
