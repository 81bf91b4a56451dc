/*
 * A witness as a machine without I/O. Its one promise is that it never cosigns two checkpoints of a log that are not
 * consistent, also when it is killed at any instant. So, for each log, one request at a time:
 *
 *   idle --request, judged--> storing --stored--> signing --signed--> idle
 *
 * The new head is on disk before anything is signed, and the next request for the log is judged only after; requests that
 * come meanwhile wait, at most 16. A kill while signing leaves a stored head without a cosignature: the log asks again
 * with that size and is cosigned then.
 */
import type { NoteSignature } from "../note/note.ts";
import type { TreeHasher } from "../tree/hash.ts";
import {
  type CosignedHead,
  judgeAddCheckpoint,
  type OpenedRequest,
  WITNESS_STATUS,
  type WitnessRefusal,
} from "./judge.ts";
import { encodeConflictSize, encodeSignatureLines, TLOG_SIZE_TYPE } from "./request.ts";

const MAX_WAITING = 16;

/** A request on its way through the witness; `id` is the caller's. */
export interface WitnessRequest extends OpenedRequest {
  readonly id: number;
}

interface LogState {
  readonly latest: CosignedHead | undefined;
  /** what is being stored or signed */
  readonly current: WitnessRequest | undefined;
  readonly waiting: readonly WitnessRequest[];
}

/** A witness's state: one entry for each log it has met. A value; steps answer a new one. */
export interface WitnessState {
  readonly logs: ReadonlyMap<string, LogState>;
}

/** What happens to a witness. */
export type WitnessInput =
  /** a request opened by `openAddCheckpoint` */
  | { readonly type: "request"; readonly request: WitnessRequest }
  /** the head of a `store` action is on disk, or could not be put there */
  | { readonly type: "stored"; readonly origin: string; readonly isOk: boolean }
  /** the signatures of a `sign` action; none when signing failed */
  | { readonly type: "signed"; readonly origin: string; readonly signatures: readonly NoteSignature[] };

/** An answer to an add-checkpoint request. */
export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What the witness wants done. */
export type WitnessAction =
  /** put the log's head on disk, durably, then feed `stored` */
  | { readonly type: "store"; readonly origin: string; readonly head: CosignedHead }
  /** cosign the text with every key, now, then feed `signed` */
  | { readonly type: "sign"; readonly origin: string; readonly text: string }
  /** serve this at the monitoring prefix */
  | {
      readonly type: "publish";
      readonly origin: string;
      readonly text: string;
      readonly signatures: readonly NoteSignature[];
    }
  | { readonly type: "answer"; readonly id: number; readonly answer: WitnessAnswer };

/** The state after a step and what must be done, in order. */
export interface WitnessStep {
  readonly state: WitnessState;
  readonly actions: readonly WitnessAction[];
}

/** A witness's state from what it stored; an origin that is not there was never cosigned. */
export function startWitness(stored: ReadonlyMap<string, CosignedHead>): WitnessState {
  return { logs: new Map([...stored].map(([origin, latest]) => [origin, { ...IDLE, latest }])) };
}

const IDLE: LogState = { latest: undefined, current: undefined, waiting: [] };
const PLAIN = "text/plain; charset=utf-8";

/** The answer for a refusal; a conflict carries the latest size. @see tlog-witness · L-56 */
export function refusalAnswer(code: WitnessRefusal, latestSize: number): WitnessAnswer {
  const status = WITNESS_STATUS[code];
  if (code !== "log/conflict") return { status, contentType: PLAIN, body: new Uint8Array(0) };
  return { status, contentType: TLOG_SIZE_TYPE, body: encodeConflictSize(latestSize) };
}

function headOf({ request }: WitnessRequest): CosignedHead {
  const { size, root } = request.checkpoint;
  return { size, root };
}

/** Judges waiting requests until one may be stored or none is left. */
function proceed(origin: string, log: LogState, hasher: TreeHasher, actions: WitnessAction[]): LogState {
  let waiting = log.waiting;
  for (;;) {
    const [next, ...rest] = waiting;
    if (next === undefined) return { ...log, current: undefined, waiting };
    waiting = rest;
    const refusal = judgeAddCheckpoint(next.request, log.latest, hasher);
    if (refusal === undefined) {
      actions.push({ type: "store", origin, head: headOf(next) });
      return { ...log, current: next, waiting };
    }
    actions.push({ type: "answer", id: next.id, answer: refusalAnswer(refusal, log.latest?.size ?? 0) });
  }
}

function onRequest(
  origin: string,
  log: LogState,
  request: WitnessRequest,
  hasher: TreeHasher,
  actions: WitnessAction[],
): LogState {
  if (log.waiting.length >= MAX_WAITING) {
    actions.push({ type: "answer", id: request.id, answer: refusalAnswer("log/busy", 0) });
    return log;
  }
  const queued = { ...log, waiting: [...log.waiting, request] };
  return log.current === undefined ? proceed(origin, queued, hasher, actions) : queued;
}

function onStored(
  origin: string,
  log: LogState,
  isOk: boolean,
  hasher: TreeHasher,
  actions: WitnessAction[],
): LogState {
  if (log.current === undefined) return log;
  if (isOk) {
    actions.push({ type: "sign", origin, text: log.current.request.note.text });
    return { ...log, latest: headOf(log.current) };
  }
  actions.push({ type: "answer", id: log.current.id, answer: refusalAnswer("log/busy", 0) });
  return proceed(origin, log, hasher, actions);
}

function onSigned(
  origin: string,
  log: LogState,
  cosigned: readonly NoteSignature[],
  hasher: TreeHasher,
  actions: WitnessAction[],
): LogState {
  const { current } = log;
  if (current === undefined) return log;
  if (cosigned.length === 0) {
    actions.push({ type: "answer", id: current.id, answer: refusalAnswer("log/busy", 0) });
  } else {
    const signatures = [...current.signatures.map((one) => one.signature), ...cosigned];
    actions.push(
      { type: "publish", origin, text: current.request.note.text, signatures },
      {
        type: "answer",
        id: current.id,
        answer: { status: 200, contentType: PLAIN, body: encodeSignatureLines(cosigned) },
      },
    );
  }
  return proceed(origin, log, hasher, actions);
}

/**
 * Takes one input.
 *
 * @returns the next state and the actions it asks for; inputs that answer no action change nothing
 * @see tlog-witness · L-56, L-57
 */
export function stepWitness(state: WitnessState, input: WitnessInput, hasher: TreeHasher): WitnessStep {
  const actions: WitnessAction[] = [];
  const origin = input.type === "request" ? input.request.request.checkpoint.origin : input.origin;
  const log = state.logs.get(origin) ?? IDLE;
  const next = stepLogState(origin, log, input, hasher, actions);
  return { state: next === log ? state : { logs: new Map(state.logs).set(origin, next) }, actions };
}

function stepLogState(
  origin: string,
  log: LogState,
  input: WitnessInput,
  hasher: TreeHasher,
  actions: WitnessAction[],
): LogState {
  if (input.type === "request") return onRequest(origin, log, input.request, hasher, actions);
  if (input.type === "stored") return onStored(origin, log, input.isOk, hasher, actions);
  return onSigned(origin, log, input.signatures, hasher, actions);
}
