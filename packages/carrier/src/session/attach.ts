/*
 * How a link becomes a session's: the acceptor sends a challenge, the dialer answers with its state signed by the
 * session's own key, the acceptor answers with its state signed by the station's. Each proof covers a nonce that the other
 * end made for this link and everything said before, so that it is worth nothing anywhere else (8-road.md §3).
 */
import type { Signer } from "@chapar/wire/bytes";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { answerMessage, attachMessage, holdMessage, type SessionCrypto } from "./crypto.ts";
import {
  attachBody,
  attachedBody,
  challengeBody,
  encodeFrame,
  KEY_BYTES,
  NONCE_BYTES,
  type Refusal,
  type SessionFrame,
  type StreamState,
} from "./frames.ts";
import type { FlightShape } from "./flight-shape.ts";
import { FramedLink } from "./framed-link.ts";
import { MAX_ECHO_BYTES, MAX_PREAMBLE_BYTES, MAX_PROBE_BYTES, SESSION_VERSION } from "./limits.ts";
import { sendPage } from "./preamble.ts";

/** A link at whose other end somebody speaks the session layer; nothing is proved yet. */
export interface PreparedLink {
  readonly framed: FramedLink;
  /** what the acceptor signs with, if it can */
  readonly acceptorKey: Uint8Array;
  /** body of its challenge */
  readonly challenge: Uint8Array;
}

/** What a dialer asks of a link before it attaches a session to it. */
export interface PrepareOptions {
  /** the acceptor must have this key; any when undefined */
  readonly acceptorKey?: Uint8Array | undefined;
  /** bytes that must come back first, at most 128 KiB; a censor that freezes links after some packets is found so */
  readonly probeBytes?: number | undefined;
}

function unusable(reason: string): CarrierError {
  return new CarrierError("carrier/unusable", reason);
}

/**
 * Waits for the challenge of a link that has just opened, and probes the link when asked to.
 *
 * @throws CarrierError `carrier/unusable` when the other end is not the acceptor, or the link ended
 */
export async function prepareLink(link: Link, { acceptorKey, probeBytes = 0 }: PrepareOptions): Promise<PreparedLink> {
  const framed = new FramedLink(link);
  const frame = await framed.next();
  if (frame?.type !== "challenge") throw unusable("no challenge");
  if (frame.version !== SESSION_VERSION) throw unusable("version");
  if (acceptorKey !== undefined && !equalBytes(frame.key, acceptorKey)) throw unusable("key");
  const [nonce, key] = [frame.nonce.slice(), frame.key.slice()];
  let waitingBytes = Math.min(probeBytes, MAX_PROBE_BYTES);
  for (let leftBytes = waitingBytes; leftBytes > 0; leftBytes -= MAX_ECHO_BYTES) {
    link.send(encodeFrame.echo("echo", new Uint8Array(Math.min(leftBytes, MAX_ECHO_BYTES))));
  }
  while (waitingBytes > 0) {
    const echoed = await framed.next();
    if (echoed?.type !== "echoed" || echoed.bytes.byteLength === 0) throw unusable("probe");
    waitingBytes -= echoed.bytes.byteLength;
  }
  return { framed, acceptorKey: key, challenge: challengeBody(nonce, key, SESSION_VERSION) };
}

/** What a dialer says of its session when it attaches it. */
export interface AttachRequest {
  readonly signer: Signer;
  readonly crypto: SessionCrypto;
  readonly number: number;
  readonly mayCreate: boolean;
  readonly states: readonly StreamState[];
  /** of the link; none where nobody can measure it */
  readonly shape?: FlightShape | undefined;
}

/** Sends one frame as a flight of the shape that a link has. */
function sendShaped(link: Link, frame: Uint8Array, shape: FlightShape | undefined): void {
  const frames = [frame];
  shape?.sent(frame.byteLength);
  for (let more = shape?.topUp(); more !== undefined; more = shape?.topUp()) frames.push(more);
  for (const piece of shape?.pieces(frames) ?? frames) link.send(piece);
}

/** The acceptor's answer; `refused` only when it proved who it is, so that a relay cannot end a session. */
export type AttachAnswer =
  | { readonly type: "attached"; readonly states: readonly StreamState[] }
  | { readonly type: "refused"; readonly code: number };

/** The dialer's half. @throws CarrierError `carrier/unusable` when the other end cannot prove itself, or the link ended */
export async function requestAttach(prepared: PreparedLink, request: AttachRequest): Promise<AttachAnswer> {
  const { framed, challenge, acceptorKey } = prepared;
  const { signer, crypto, number, mayCreate, states, shape } = request;
  const nonce = crypto.randomBytes(NONCE_BYTES);
  const body = attachBody(signer.publicKey, nonce, number, mayCreate, states);
  const signature = await signer.sign(attachMessage(crypto.sha256, challenge, body));
  sendShaped(framed.link, encodeFrame.signed("attach", body, signature), shape);
  let answer = await framed.next();
  // Signs of life of a link that was held.
  while (answer?.type === "echoed" || answer?.type === "held") answer = await framed.next();
  shape?.heard();
  if (answer?.type !== "attached" && answer?.type !== "refused") throw unusable("no answer");
  const message = answerMessage(crypto.sha256, answer.type, challenge, body, answer.body);
  if (!(await crypto.verify(acceptorKey, message, answer.signature))) throw unusable("proof");
  return answer.type === "attached"
    ? { type: "attached", states: answer.streams }
    : { type: "refused", code: answer.code };
}

/** Asks for a link to be held for a session: it may be attached later, whenever that is (P-140). */
export async function requestHold(prepared: PreparedLink, signer: Signer, crypto: SessionCrypto): Promise<void> {
  const body = concatBytes(signer.publicKey, crypto.randomBytes(NONCE_BYTES));
  const signature = await signer.sign(holdMessage(crypto.sha256, prepared.challenge, body));
  prepared.framed.link.send(encodeFrame.signed("hold", body, signature));
}

/** An attach whose signature is right. */
export interface ProvedAttach {
  readonly framed: FramedLink;
  readonly frame: SessionFrame & { readonly type: "attach" };
  /** Signs and sends what the acceptor has to say; nothing else may be sent before it has resolved. */
  attached(states: readonly StreamState[]): Promise<void>;
  refused(code: Refusal): Promise<void>;
}

/** What an acceptor grants on a link that is not attached yet. */
export interface Concessions {
  /** whether the link is held for the session of a key, which has proved itself on it; asked once a link */
  readonly mayHold: (key: Uint8Array) => boolean;
  /** answers whoever asks for a volunteer instead; undefined: nobody may */
  readonly find?: ((message: Uint8Array) => Promise<Uint8Array | undefined>) | undefined;
}

/**
 * The acceptor's half: challenges, echoes probes, checks the proof.
 *
 * @returns undefined when the link ended, broke the rules, asked for a volunteer or proved nothing; it is closed then
 */
export async function awaitAttach(
  link: Link,
  signer: Signer,
  crypto: SessionCrypto,
  { mayHold, find }: Concessions,
): Promise<ProvedAttach | undefined> {
  const framed = new FramedLink(link);
  const nonce = crypto.randomBytes(NONCE_BYTES);
  link.send(encodeFrame.challenge(nonce, signer.publicKey, SESSION_VERSION));
  const challenge = challengeBody(nonce, signer.publicKey, SESSION_VERSION);
  const isHeld = async ({ key, body, signature }: SessionFrame & { readonly type: "hold" }): Promise<boolean> =>
    (await crypto.verify(key, holdMessage(crypto.sha256, challenge, body), signature)) && mayHold(key);
  let frame = await framed.next();
  let [echoedBytes, paddedBytes] = [0, 0];
  let heldFor: Uint8Array | undefined;
  for (; frame?.type === "echo" || frame?.type === "hold" || frame?.type === "ask"; frame = await framed.next()) {
    if (frame.type === "hold") {
      if (heldFor !== undefined || !(await isHeld(frame))) break;
      heldFor = frame.key.slice();
      link.send(encodeFrame.held());
    } else if (frame.type === "ask") {
      paddedBytes += frame.wantedBytes;
      if (paddedBytes > MAX_PREAMBLE_BYTES) break;
      sendPage(link, frame.wantedBytes);
    } else {
      echoedBytes += frame.bytes.byteLength;
      if (echoedBytes > MAX_PROBE_BYTES) break;
      link.send(encodeFrame.echo("echoed", frame.bytes));
    }
  }
  if (frame?.type === "find" && find !== undefined) {
    const found = await find(frame.bytes.slice());
    if (found !== undefined) link.send(encodeFrame.echo("found", found));
    framed.fail();
    return undefined;
  }
  const isOther = heldFor !== undefined && frame?.type === "attach" && !equalBytes(heldFor, frame.key);
  if (frame?.type !== "attach" || frame.key.byteLength !== KEY_BYTES || isOther) {
    framed.fail();
    return undefined;
  }
  const { body, key, signature } = frame;
  if (!(await crypto.verify(key, attachMessage(crypto.sha256, challenge, body), signature))) {
    framed.fail();
    return undefined;
  }
  const answer = async (type: "attached" | "refused", said: Uint8Array): Promise<void> => {
    const message = answerMessage(crypto.sha256, type, challenge, body, said);
    link.send(encodeFrame.signed(type, said, await signer.sign(message)));
  };
  return {
    framed,
    frame,
    attached: (states) => answer("attached", attachedBody(states)),
    refused: async (code) => {
      await answer("refused", Uint8Array.of(code));
      link.close();
    },
  };
}
