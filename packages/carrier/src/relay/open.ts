/*
 * The two frames of a relay's handshake (protocol/8-road.md §10): `open = version u8, key[32]`, answered by
 * `version u8, code u8`. Both have a fixed size, so that nothing of a length is ever believed.
 */
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { takeHead } from "./headed-link.ts";

const VERSION = 1;
const KEY_BYTES = 32;
/** Bytes of an `open`. */
export const OPEN_BYTES: number = 1 + KEY_BYTES;
const ANSWER_BYTES = 2;

/** Why a relay does not open, as it is sent. */
export const RELAY_REFUSAL = { "not listed": 1, expired: 2, busy: 3, resting: 4, unreachable: 5, version: 6 } as const;
/** Why a relay does not open. */
export type RelayRefusal = keyof typeof RELAY_REFUSAL;

/** Asks a relay for a key. */
export function encodeOpen(key: Uint8Array): Uint8Array {
  const open = new Uint8Array(OPEN_BYTES);
  open[0] = VERSION;
  open.set(key, 1);
  return open;
}

/** @returns the key asked for; undefined when the version is not ours */
export function decodeOpen(open: Uint8Array): Uint8Array | undefined {
  return open.byteLength === OPEN_BYTES && open[0] === VERSION ? open.slice(1) : undefined;
}

/** A relay's answer; `undefined` opens. */
export function encodeAnswer(refusal?: RelayRefusal): Uint8Array {
  return Uint8Array.of(VERSION, refusal === undefined ? 0 : RELAY_REFUSAL[refusal]);
}

function refusalOf(answer: Uint8Array): string | undefined {
  if (answer[0] !== VERSION) return "version";
  const code = answer[1] ?? 0;
  if (code === 0) return undefined;
  return Object.entries(RELAY_REFUSAL).find(([, value]) => value === code)?.[0] ?? "unknown";
}

/**
 * Asks the relay at the other end of a link to open what has a key.
 *
 * @returns the link behind the relay; nothing is proved of it yet
 * @throws CarrierError `carrier/refused` with the relay's reason · `carrier/unusable` when the link ended first
 */
export async function openThrough(link: Link, key: Uint8Array): Promise<Link> {
  const { head, rest } = takeHead(link, ANSWER_BYTES);
  link.send(encodeOpen(key));
  const answer = await head;
  if (answer === undefined) throw new CarrierError("carrier/unusable", "no answer");
  const refusal = refusalOf(answer);
  if (refusal === undefined) return rest;
  rest.close();
  throw new CarrierError("carrier/refused", refusal);
}
