/* Runs the input of a vector by this package: what a second implementation must answer as well. */
import { logId, stationKey } from "@chapar/wire";
import { fromHex, toHex } from "@chapar/wire/bytes";
import { verifyBundle } from "../bundle/verify.ts";
import { checkAnswer, checkChallenge } from "../challenge/check.ts";
import { challengeHash } from "../challenge/codec.ts";
import { decodeMapClaim } from "../claims/codec.ts";
import { openHeadClaim, openIdentityClaim } from "../claims/open.ts";
import type { Ack, IdentityWord, Manifest, ReaderWord } from "../types.ts";
import { decodeIdentityWord, verifyIdentityWord } from "../words/identity-word.ts";
import { decodeManifest, verifyManifest } from "../words/manifest.ts";
import { decodeAck, decodeReaderWord, verifyAck, verifyReaderWord } from "../words/reader-word.ts";
import { testEvidencePorts as ports } from "./ports.ts";
import type { VectorName } from "./vector-files.ts";

type Given = Readonly<Record<string, string>>;

/** What a case says comes out. */
export type VectorResult = { readonly out: unknown } | { readonly error: string };

function field(given: Given, name: string): Uint8Array {
  const bytes = fromHex(given[name] ?? "");
  if (bytes === undefined) throw new Error(`${name} is not hex`);
  return bytes;
}

const MALFORMED = { error: "evidence/malformed" };
const FORGED = { error: "evidence/bad-signature" };

function manifestOut(one: Manifest): object {
  return {
    signer: toHex(one.station),
    log: toHex(one.log),
    ...(one.reader && { reader: toHex(one.reader) }),
    timeMs: one.timeMs,
    size: one.size,
    root: toHex(one.root),
    first: one.first,
    ack: toHex(one.ack),
    tombstones: one.tombstones.map(({ offset, generation, ledgerIndex }) => [offset, generation, ledgerIndex]),
    items: one.items.map(({ status, leafHash }) => [status, toHex(leafHash)]),
  };
}

const readerOut = (one: ReaderWord): object => ({
  signer: toHex(one.station),
  log: toHex(one.log),
  reader: toHex(one.reader),
  timeMs: one.timeMs,
  from: one.from,
});

const identityOut = (one: IdentityWord): object => ({
  signer: toHex(one.station),
  identity: toHex(one.identity),
  opCount: one.opCount,
  commitment: toHex(one.commitment),
  timeMs: one.timeMs,
});

const ackOut = (one: Ack): object => ({
  signer: toHex(one.reader),
  log: toHex(one.log),
  station: toHex(one.station),
  upTo: one.upTo,
});

async function runWord(given: Given): Promise<VectorResult> {
  const bytes = field(given, "bytes");
  switch (given["kind"]) {
    case "manifest": {
      const word = decodeManifest(bytes);
      if (!word.ok) return MALFORMED;
      return (await verifyManifest(word.value, ports)) ? { out: manifestOut(word.value) } : FORGED;
    }
    case "reader": {
      const word = decodeReaderWord(bytes);
      if (!word.ok) return MALFORMED;
      return (await verifyReaderWord(word.value, ports)) ? { out: readerOut(word.value) } : FORGED;
    }
    case "identity": {
      const word = decodeIdentityWord(bytes);
      if (!word.ok) return MALFORMED;
      return (await verifyIdentityWord(word.value, ports)) ? { out: identityOut(word.value) } : FORGED;
    }
    default: {
      const word = decodeAck(bytes);
      if (!word.ok) return MALFORMED;
      return (await verifyAck(word.value, ports)) ? { out: ackOut(word.value) } : FORGED;
    }
  }
}

async function runClaim(given: Given): Promise<VectorResult> {
  const claim = decodeMapClaim(field(given, "bytes"));
  if (!claim.ok) return MALFORMED;
  const station = stationKey(field(given, "station"));
  const subject = field(given, "subject");
  const isHead = given["kind"] === "head";
  const opened = isHead
    ? await openHeadClaim(claim.value, logId(subject), station, ports)
    : await openIdentityClaim(claim.value, subject, station, ports);
  if (!opened.ok) return { error: opened.code };
  const { epoch, index, ledgerSize, generation, value } = opened.value;
  const asList = (held: typeof value): unknown => {
    if (held === undefined) return null;
    return "size" in held ? [held.size, toHex(held.root)] : [held.opCount, toHex(held.commitment)];
  };
  const { number, timeMs, isWhole } = epoch;
  return { out: { epoch: number, timeMs, isWhole, index, ledgerSize, generation, value: asList(value) } };
}

async function runChallenge(given: Given): Promise<VectorResult> {
  const bytes = field(given, "bytes");
  const checked = await checkChallenge(bytes, ports);
  if (!checked.ok) return { error: checked.code };
  const { kind, challenge, basis, basisMs } = checked.value;
  const rests = "size" in basis ? [basis.size, toHex(basis.root)] : [basis.opCount, toHex(basis.commitment)];
  const hash = toHex(challengeHash(bytes, ports.sha256));
  return { out: { kind, index: challenge.index, basis: rests, basisMs, hash } };
}

async function runAnswer(given: Given): Promise<VectorResult> {
  const asked = await checkChallenge(field(given, "challenge"), ports);
  if (!asked.ok) return { error: asked.code };
  const checked = await checkAnswer(asked.value, field(given, "bytes"), ports);
  return checked.ok ? { out: { kind: checked.value.kind } } : { error: checked.code };
}

async function runBundle(given: Given): Promise<VectorResult> {
  const checked = await verifyBundle(field(given, "bytes"), ports);
  if (!checked.ok) return { error: checked.code };
  const { shape, station, fault, sinceMs, untilMs, excusable } = checked.value;
  const times = { sinceMs: sinceMs ?? null, untilMs: untilMs ?? null };
  return { out: { shape, station: toHex(station), fault, ...times, excusable } };
}

const RUNS: Readonly<Record<VectorName, (given: Given) => Promise<VectorResult>>> = {
  "words.json": runWord,
  "claims.json": runClaim,
  "challenges.json": runChallenge,
  "answers.json": runAnswer,
  "bundles.json": runBundle,
};

/** What comes out of a case's input. */
export function runVector(name: VectorName, given: Given): Promise<VectorResult> {
  return RUNS[name](given);
}
