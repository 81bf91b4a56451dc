/* What each mode in flight does to the frames of the links that it is for. */
import { createIdentity, mlsDevice, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { decodeChallenge } from "@chapar/evidence";
import { type Frame, ledgerIdentityKey, ledgerSalt, type Notice, type Request, type Response } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { messagesFrom, type TrueLog } from "./false-log.ts";
import { pick } from "./lies.ts";
import type { Mode } from "./modes.ts";
import type { Former } from "./orders.ts";
import type { Answer, Around, Twist } from "./tap.ts";

type Push = Extract<Notice, { readonly type: "log.push" }>;
type Taken = Extract<Response, { readonly type: "keys.taken" }>;

/** What a twist is made from. */
export interface TwistContext {
  readonly of: TrueLog | undefined;
  readonly held: number;
  /** the person it is for */
  readonly victim: Uint8Array;
  /** the other person of the conversation */
  readonly subject: Uint8Array;
  /** as what the other person is shown, when that is the lie */
  readonly former: Former | undefined;
  /** whom the station makes up */
  readonly impostor: Impostor;
  readonly random: () => number;
  /** the station's own word on ops, of now (9-rule-r.md §2) */
  readonly word: (ops: readonly Uint8Array[]) => Promise<Uint8Array>;
}

/** A lie told on links. */
export interface LinkLie {
  readonly how: string;
  readonly twist: Twist;
  /** what is answered in the station's place */
  readonly answer?: Answer;
}

/** Somebody whom the station made up: all that it needs is its own. */
export interface Impostor {
  readonly ops: readonly Uint8Array[];
  readonly keyPackage: Uint8Array;
}

/** Makes somebody up. Cost: a few signatures and one key package. */
export async function makeImpostor(home: Parameters<typeof createIdentity>[0]): Promise<Impostor> {
  const crypto = nodeCrypto();
  const { bundle, state } = await createIdentity(home, Date.now(), crypto);
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
  const { publicBytes } = await mls.keyPackage(await mlsDevice(bundle, crypto));
  return { ops: state.ops.map(({ bytes }) => bytes), keyPackage: publicBytes };
}

const isFor = (victim: Uint8Array, { who }: Around): boolean => who !== undefined && equalBytes(who, victim);

/** An entry is left out of every page that has it; what follows comes under its own index. */
function dropInRange({ of, held, victim, random }: TwistContext): LinkLie | undefined {
  if (of === undefined) return undefined;
  const index = pick(messagesFrom(of, held), random);
  if (index === undefined) return undefined;
  const isMoved = random() < 0.5;
  const twist: Twist = (frame, around) => {
    if (frame.kind !== "notice" || frame.body.type !== "log.push" || !isFor(victim, around)) return [frame];
    return equalBytes(frame.body.log, of.log) ? without(frame, frame.body, index, isMoved) : [frame];
  };
  return { how: `entry ${index} left out${isMoved ? ", what follows moved down" : ""}`, twist };
}

function without(frame: Frame, push: Push, index: number, isMoved: boolean): readonly Frame[] {
  const at = index - push.first;
  if (at >= push.entries.length) return [frame];
  const pushed = (first: number, entries: readonly Uint8Array[]): readonly Frame[] =>
    entries.length === 0 ? [] : [{ kind: "notice", body: { ...push, first, entries } }];
  if (at < 0) return isMoved ? pushed(push.first - 1, push.entries) : [frame];
  const rest = push.entries.filter((_, i) => i !== at);
  return pushed(at === 0 && !isMoved ? push.first + 1 : push.first, rest);
}

const REFUSED: Response = { type: "error", code: "station/internal", detail: undefined };
const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);

const isAbout = (asked: Request | undefined, subject: Uint8Array): boolean =>
  asked !== undefined && "identity" in asked && equalBytes(asked.identity, subject);

/** Whoever asks for a person's keys is given another device, with the station's word for it or without, or another's key package. */
function fakeDevice({ victim, subject, impostor, random, word }: TwistContext): LinkLie {
  const isAdded = random() < 0.5;
  const isSigned = isAdded && random() < 0.5;
  let added: readonly Uint8Array[] = [];
  const twist: Twist = (frame, around) => {
    if (frame.kind !== "response" || frame.body.type !== "keys.taken" || !isFor(victim, around)) return [frame];
    if (around.asked?.type !== "keys.take" || !equalBytes(around.asked.identity, subject)) return [frame];
    const body = isAdded ? withOps(frame.body, impostor) : withPackage(frame.body, impostor);
    added = body.ops;
    return [{ ...frame, body }];
  };
  const answer: Answer = (request, who) => {
    if (!isSigned || request.type !== "identity.word" || !isAbout(request, subject)) return undefined;
    if (who === undefined || !equalBytes(who, victim) || added.length === 0) return undefined;
    return word(added).then((bytes) => ({ type: "identity.word", ops: added, word: bytes }));
  };
  const op = `an op that the chain's keys did not sign${isSigned ? ", and a word for it" : ""}`;
  return { how: isAdded ? op : "a key package of another", twist, answer };
}

const withOps = (taken: Taken, { ops }: Impostor): Taken => ({ ...taken, ops: [...taken.ops, ...ops] });

const withPackage = (taken: Taken, { keyPackage }: Impostor): Taken => ({
  ...taken,
  devices: taken.devices.map(({ device }) => ({ device, package: keyPackage })),
});

/** What the station signs for the ops that it shows when it leaves out the newest. */
const WORDS = [
  "its true word",
  "a word signed anew",
  "no word",
  "its true word, and no answer to a challenge",
] as const;

/** Whoever asks for somebody's chain or keys is shown what was true before their newest op. */
function asBefore({ victim, subject, former, random, word }: TwistContext): LinkLie | undefined {
  const words = pick(WORDS, random);
  if (former === undefined || words === undefined) return undefined;
  const { ops, devices } = former;
  const key = ledgerIdentityKey(ledgerSalt(ops[0] ?? new Uint8Array(0), sha256), sha256);
  const twist: Twist = (frame, around) => {
    if (frame.kind !== "response" || !isFor(victim, around) || !isAbout(around.asked, subject)) return [frame];
    const { body } = frame;
    if (body.type === "keys.taken") return [{ ...frame, body: { ...body, ops, devices } }];
    return body.type === "identity.ops" || body.type === "identity.word"
      ? [{ ...frame, body: { ...body, ops } }]
      : [frame];
  };
  const answer: Answer = (request, who) => {
    if (request.type === "challenge.ask") {
      const asked = decodeChallenge(request.challenge);
      const isHidden = words === WORDS[3] && asked.ok && equalBytes(asked.value.subject, key);
      return isHidden ? Promise.resolve(REFUSED) : undefined;
    }
    const isWord = request.type === "identity.word" && isAbout(request, subject);
    if (!isWord || who === undefined || !equalBytes(who, victim)) return undefined;
    if (words === "no word") return Promise.resolve(REFUSED);
    if (words !== "a word signed anew") return undefined;
    return word(ops).then((bytes) => ({ type: "identity.word", ops, word: bytes }));
  };
  return { how: `shown with ${ops.length} ops, ${words}`, twist, answer };
}

type MakeTwist = (context: TwistContext) => LinkLie | undefined;

const MAKERS: Partial<Readonly<Record<Mode, MakeTwist>>> = {
  "drop-in-range": dropInRange,
  "fake-device": fakeDevice,
  "stale-op": asBefore,
  "hide-revocation": asBefore,
};

/** Makes a lie for the links of one person; undefined when the mode finds nothing to lie about. */
export function makeTwist(mode: Mode, context: TwistContext): LinkLie | undefined {
  return MAKERS[mode]?.(context);
}
