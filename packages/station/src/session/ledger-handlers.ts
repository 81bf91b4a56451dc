/* What links ask of a station's log and of its witness, and for its word on an identity (protocol/9-rule-r.md §2). */
import { signIdentityWord } from "@chapar/evidence";
import {
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerSalt,
  type Request,
  type Response,
  type StationRef,
} from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { forward, needLedger, otherStation } from "./forward.ts";
import type { LinkState } from "./services.ts";

type Asked<Type extends Request["type"]> = Extract<Request, { readonly type: Type }>;
type Answering<Type extends Request["type"]> = (session: LinkState, request: Asked<Type>) => Promise<Response>;

/** Requests that name the station they are for. */
type Addressed = Extract<Request, { readonly at: StationRef | undefined }>;

/** Answers here what is for this station, and passes on the rest. */
function here<Type extends Addressed["type"]>(
  answer: (session: LinkState, request: Extract<Addressed, { readonly type: Type }>) => Promise<Response>,
): (session: LinkState, request: Extract<Addressed, { readonly type: Type }>) => Promise<Response> {
  return async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere === undefined) return await answer(session, request);
    return await forward(session, elsewhere, { ...request, at: undefined });
  };
}

/** An identity's chain with the station's word on it (E-16). */
const identityWord: Answering<"identity.word"> = async ({ services: { ports, hub } }, { identity }) => {
  // From the store, not from what is folded in memory: what an instant saw on disk, a word after it must say.
  const read = (): Promise<readonly Uint8Array[] | undefined> => ports.store.account(identity);
  if ((await read()) === undefined) throw stationError("station/unknown-identity");
  const { value: ops = [], timeMs } = await hub.time.word(read);
  const [genesis] = ops;
  if (genesis === undefined) throw stationError("station/unknown-identity");
  const key = ledgerIdentityKey(ledgerSalt(genesis, ports.sha256), ports.sha256);
  const fields = { identity: key, ...ledgerIdentityOf(ops, ports.sha256), timeMs };
  return { type: "identity.word", ops, word: await signIdentityWord(fields, ports.signer) };
};

/** Handlers of this file. */
export const LEDGER_HANDLERS: {
  readonly [
    Type in
      | "identity.word"
      | "ledger.policy"
      | "ledger.leaf"
      | "ledger.incidents"
      | "ledger.consistency"
      | "witness.latest"
  ]: Answering<Type>;
} = {
  "identity.word": here(identityWord),

  "ledger.policy": here(async (session, { which }) => {
    const { live, final } = needLedger(session).policies();
    return { type: "ledger.policy", text: utf8(which === 0 ? live : (final ?? "")) };
  }),

  "ledger.leaf": here(async (session, { index }) => ({
    type: "ledger.leaf",
    ...(await needLedger(session).shown.leaf(index)),
  })),

  "ledger.incidents": here(async (session) => ({
    type: "ledger.incidents",
    incidents: await needLedger(session).shown.incidents(),
  })),

  "ledger.consistency": here(async (session, { from, to }) => ({
    type: "log.hashes",
    hashes: await needLedger(session).shown.consistency(from, to),
  })),

  "witness.latest": async ({ services: { witness } }, { origin }) => {
    if (witness === undefined) throw stationError("wire/unknown-frame");
    const note = await witness.latest(origin);
    if (note === undefined) throw stationError("station/unknown-log");
    return { type: "witness.checkpoint", note: new TextDecoder().decode(note) };
  },
};
