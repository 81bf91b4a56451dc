/*
 * How a link becomes a session's: the acceptor sends a challenge, the dialer answers with its state signed by the
 * session's own key, the acceptor answers with its state signed by the station's. Each proof covers a nonce that the other
 * end made for this link and everything said before, so that it is worth nothing anywhere else (8-road.md §3).
 */
import type { Signer } from "@chapar/wire/bytes";
import { equalBytes } from "@chapar/wire/bytes";
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { answerMessage, attachMessage, type SessionCrypto } from "./crypto.ts";
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
import { FramedLink } from "./framed-link.ts";
import { MAX_ECHO_BYTES, MAX_PROBE_BYTES, SESSION_VERSION } from "./limits.ts";

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
}

/** The acceptor's answer; `refused` only when it proved who it is, so that a relay cannot end a session. */
export type AttachAnswer =
  | { readonly type: "attached"; readonly states: readonly StreamState[] }
  | { readonly type: "refused"; readonly code: number };

/** The dialer's half. @throws CarrierError `carrier/unusable` when the other end cannot prove itself, or the link ended */
export async function requestAttach(prepared: PreparedLink, request: AttachRequest): Promise<AttachAnswer> {
  const { framed, challenge, acceptorKey } = prepared;
  const { signer, crypto, number, mayCreate, states } = request;
  const nonce = crypto.randomBytes(NONCE_BYTES);
  const body = attachBody(signer.publicKey, nonce, number, mayCreate, states);
  framed.link.send(
    encodeFrame.signed("attach", body, await signer.sign(attachMessage(crypto.sha256, challenge, body))),
  );
  const answer = await framed.next();
  if (answer?.type !== "attached" && answer?.type !== "refused") throw unusable("no answer");
  const message = answerMessage(crypto.sha256, answer.type, challenge, body, answer.body);
  if (!(await crypto.verify(acceptorKey, message, answer.signature))) throw unusable("proof");
  return answer.type === "attached"
    ? { type: "attached", states: answer.streams }
    : { type: "refused", code: answer.code };
}

/** An attach whose signature is right. */
export interface ProvedAttach {
  readonly framed: FramedLink;
  readonly frame: SessionFrame & { readonly type: "attach" };
  /** Signs and sends what the acceptor has to say; nothing else may be sent before it has resolved. */
  attached(states: readonly StreamState[]): Promise<void>;
  refused(code: Refusal): Promise<void>;
}

/**
 * The acceptor's half: challenges, echoes probes, checks the proof.
 *
 * @returns undefined when the link ended, broke the rules or proved nothing; it is closed then
 */
export async function awaitAttach(
  link: Link,
  signer: Signer,
  crypto: SessionCrypto,
): Promise<ProvedAttach | undefined> {
  const framed = new FramedLink(link);
  const nonce = crypto.randomBytes(NONCE_BYTES);
  link.send(encodeFrame.challenge(nonce, signer.publicKey, SESSION_VERSION));
  const challenge = challengeBody(nonce, signer.publicKey, SESSION_VERSION);
  let frame = await framed.next();
  for (let echoedBytes = 0; frame?.type === "echo"; frame = await framed.next()) {
    echoedBytes += frame.bytes.byteLength;
    if (echoedBytes > MAX_PROBE_BYTES) break;
    link.send(encodeFrame.echo("echoed", frame.bytes));
  }
  if (frame?.type !== "attach" || frame.key.byteLength !== KEY_BYTES) {
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
