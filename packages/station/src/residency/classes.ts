/*
 * Which class of data everything is that a station writes or says (protocol/14-residency.md §2): one row for every change of the store
 * and every frame, so that a new one does not compile until it has been thought about here. `undefined` is what holds no data of
 * people: greetings, questions, refusals. What a person's own order takes out of the region is a class of its own.
 */
import type { CrossingClass, DataClass } from "@chapar/evidence";
import type { Frame, Notice, Request, Response } from "@chapar/wire";
import type { Write } from "../store/port.ts";

/** The class of every change that becomes durable. `undefined`: what a station remembers of itself and of other stations. */
export const WRITE_CLASSES: { readonly [Kind in Write["kind"]]: DataClass | undefined } = {
  meta: undefined,
  peer: undefined,
  account: "account",
  "key-package": "account",
  "key-package.drop": "account",
  "key-package.drop-all": "account",
  log: "envelope",
  chunk: "envelope",
  hole: "envelope",
  reader: "envelope",
  removal: "logs",
  "removal.done": "logs",
  "read-key": "envelope",
  revocation: "envelope",
  blob: "blob",
  "blob.drop": "blob",
  "blob.seal": "blob",
  "reader.drop": "envelope",
  leaving: "envelope",
  "leaving.done": "envelope",
  "ledger-leaf": "commitment",
  "ledger-tile": "commitment",
  "ledger-map": "commitment",
  "witness-head": "commitment",
  "witness-checkpoint": "commitment",
};

/** What a request itself carries. */
const CARRIED: { readonly [Type in Request["type"]]: CrossingClass | undefined } = {
  greet: undefined,
  prove: undefined,
  ping: undefined,
  "routes.get": undefined,
  "region.policy": undefined,
  cells: undefined,
  "token.issue": undefined,
  "token.spend": undefined,
  "account.register": "account",
  "account.auth": "account",
  "peer.auth": undefined,
  "identity.put": "account",
  "identity.get": undefined,
  "keys.put": "account",
  "keys.count": undefined,
  "keys.take": undefined,
  "log.create": "envelope",
  "log.open": undefined,
  "log.append": "envelope",
  "inbox.append": "envelope",
  "log.read": undefined,
  "log.follow": undefined,
  "log.unfollow": undefined,
  "log.inclusion": undefined,
  "log.consistency": undefined,
  "log.checkpoint": undefined,
  "room.mirror": undefined,
  "room.grant": undefined,
  "peer.mirror": undefined,
  "peer.grant": undefined,
  "exit.pass": undefined,
  "blob.put": "blob",
  "push.key": undefined,
  "push.put": "account",
  "report.put": "logs",
  "blob.get": undefined,
  "blob.have": undefined,
  "blob.room": undefined,
  "ledger.freshness": undefined,
  "ledger.head-proof": undefined,
  "ledger.identity-proof": undefined,
  "identity.word": undefined,
  "identity.anchor": "own-act",
  "account.leave": "own-act",
  "log.manifest": undefined,
  "log.reader": undefined,
  "log.ack": "commitment",
  "ephemeral.take": undefined,
  "ledger.policy": undefined,
  "ledger.leaf": undefined,
  "ledger.incidents": undefined,
  "ledger.consistency": undefined,
  "witness.latest": undefined,
  "challenge.put": "commitment",
  "challenge.ask": "commitment",
};

/** What an answer carries. */
const ANSWERED: { readonly [Type in Response["type"]]: CrossingClass | undefined } = {
  done: undefined,
  error: undefined,
  proof: undefined,
  pong: undefined,
  routes: undefined,
  "region.policy": undefined,
  token: undefined,
  "identity.ops": "account",
  "identity.word": "account",
  "account.left": undefined,
  "keys.count": undefined,
  "keys.taken": "account",
  "log.state": "commitment",
  receipt: "commitment",
  "log.entries": "envelope",
  "log.hashes": "commitment",
  "log.checkpoint": "commitment",
  "log.manifest": "commitment",
  "log.reader": "commitment",
  "blob.stored": undefined,
  "blob.missing": undefined,
  "blob.room": undefined,
  blob: "blob",
  "exit.pass": undefined,
  "push.key": undefined,
  "ledger.freshness": "commitment",
  "ledger.proof": "commitment",
  "ledger.policy": undefined,
  "ledger.leaf": "commitment",
  "ledger.incidents": "commitment",
  "witness.checkpoint": "commitment",
  "challenge.answered": "envelope",
  "challenge.unanswered": undefined,
};

const NOTICED: { readonly [Type in Notice["type"]]: CrossingClass | undefined } = {
  hello: undefined,
  goodbye: undefined,
  "log.push": "envelope",
  "log.gap": undefined,
  ephemeral: "envelope",
  "egress.mark": undefined,
  "egress.sent": undefined,
  "egress.received": undefined,
};

const ROOM: readonly DataClass[] = ["envelope", "commitment"];
const SIGNED: readonly DataClass[] = ["commitment"];

/** What a peer that asks this wants to have; judged before anything is done, so that nothing is half done. */
const WANTED: { readonly [Type in Request["type"]]?: readonly DataClass[] } = {
  "identity.get": ["account"],
  "identity.word": ["account", "commitment"],
  "keys.take": ["account"],
  "log.read": ROOM,
  "log.follow": ROOM,
  "peer.mirror": ROOM,
  "challenge.ask": ROOM,
  "blob.get": ["blob"],
  "log.append": SIGNED,
  "inbox.append": SIGNED,
  "log.open": SIGNED,
  "log.inclusion": SIGNED,
  "log.consistency": SIGNED,
  "log.checkpoint": SIGNED,
  "log.manifest": SIGNED,
  "log.reader": SIGNED,
  "ledger.freshness": SIGNED,
  "ledger.head-proof": SIGNED,
  "ledger.identity-proof": SIGNED,
  "ledger.leaf": SIGNED,
  "ledger.incidents": SIGNED,
  "ledger.consistency": SIGNED,
  "witness.latest": SIGNED,
};

/** What a peer that asks this wants to have of us. */
export function wantedClasses(type: Request["type"]): readonly DataClass[] {
  return WANTED[type] ?? [];
}

/** What a frame is, and how many things it holds. */
export interface Cargo {
  readonly of: CrossingClass;
  readonly objects: number;
}

function objectsOf(body: Request | Response | Notice): number {
  if (body.type === "log.entries" || body.type === "log.push") return body.entries.length;
  return body.type === "log.hashes" ? body.hashes.length : 1;
}

/** What a frame carries; undefined when it holds no data of people. An answer of nothing, such as a read at the end, is none. */
export function cargoOf(frame: Frame): Cargo | undefined {
  const { kind, body } = frame;
  const of = kind === "request" ? CARRIED[body.type] : kind === "response" ? ANSWERED[body.type] : NOTICED[body.type];
  return of === undefined ? undefined : { of, objects: objectsOf(body) };
}
