/*
 * Makes this package's vectors, the same in every run (Ed25519 is deterministic). They are committed under vectors/evidence/,
 * compared with this in a test, and checked by a second verifier in Python that shares no code. One failure a case.
 */
import { encodeStatement, FULL_FORM, inclusionProof } from "@chapar/log";
import { flipBit, nth, testHasher, testSigner } from "@chapar/log/testing";
import { toHex, utf8 } from "@chapar/wire/bytes";
import { encodeBundle } from "../bundle/codec.ts";
import { encodeAnswer, encodeChallenge } from "../challenge/codec.ts";
import { encodeMapClaim } from "../claims/codec.ts";
import type { Challenge, MapClaim } from "../types.ts";
import { makeLies } from "./lies.ts";
import { ROOM } from "./lie.ts";
import { runVector } from "./run-vectors.ts";
import { TestStation } from "./station.ts";
import { VECTOR_FILES, type VectorCase, type VectorFile, type VectorName } from "./vector-files.ts";

type Given = Omit<VectorCase, "out" | "error">;

async function scene(): Promise<TestStation> {
  const station = new TestStation();
  await station.append(ROOM, ["one", "two", "three", "four", "five"]);
  station.addOp("dara");
  station.addOp("dara");
  station.addOp("sara");
  station.tick();
  await station.epoch();
  station.tick();
  return station;
}

/** A case of good bytes, and one for each of: a byte too many, one too few, the first byte and the last bit altered. */
function damaged(id: string, note: string, bytes: Uint8Array, context: Readonly<Record<string, string>>): Given[] {
  const as = (suffix: string, why: string, other: Uint8Array): Given => ({
    id: `${id}${suffix}`,
    note: why,
    in: { ...context, bytes: toHex(other) },
  });
  return [
    as("", `${note}, ${bytes.byteLength} bytes`, bytes),
    as("-trailing", "a byte too many", Uint8Array.of(...bytes, 0)),
    as("-truncated", "a byte too few", bytes.slice(0, -1)),
    as("-kind", "another first byte", flipBit(bytes, 1)),
    as("-altered", "the last bit turned", flipBit(bytes, 8 * bytes.byteLength - 1)),
  ];
}

async function wordCases(): Promise<Given[]> {
  const station = await scene();
  const reader = testSigner(9);
  const registered = await station.register(ROOM, reader, 1);
  const ack = await station.ack(ROOM, reader, 3);
  station.prune(ROOM);
  station.remove(ROOM, 4);
  const words = [
    ["manifest", "of all statuses but expired, with an ack and a tombstone", await station.manifest(ROOM, { reader })],
    ["manifest", "for nobody, of one item", await station.manifest(ROOM, { first: 3, count: 1 })],
    ["manifest", "of nothing", await station.manifest("nowhere")],
    ["reader", "a reader word", registered],
    ["identity", "an identity word", await station.identityWord("dara")],
    ["ack", "an ack", ack],
  ] as const;
  return words.flatMap(([kind, note, bytes], i) => damaged(`${kind}-${i}`, note, bytes, { kind }));
}

async function claimCases(): Promise<Given[]> {
  const station = await scene();
  const restored = station.copy();
  restored.restore(station.timeMs + 1000, 3);
  await restored.append(ROOM, ["six"]);
  await restored.epoch(0);
  const log = toHex(station.log(ROOM));
  const dara = toHex(station.identity("dara"));
  const about = (kind: string, subject: string, key = station.key) => ({ kind, subject, station: toHex(key) });
  const claims: [string, string, MapClaim, ReturnType<typeof about>][] = [
    ["head", "a log that is there", await station.headClaim(ROOM), about("head", log)],
    [
      "no-head",
      "a log that is not there",
      await station.headClaim("nowhere"),
      about("head", toHex(station.log("nowhere"))),
    ],
    ["identity", "an identity with two ops", await station.identityClaim("dara"), about("identity", dara)],
    [
      "generation",
      "the third generation, an epoch that is not whole",
      await restored.headClaim(ROOM),
      about("head", log),
    ],
  ];
  const cases = claims.flatMap(([id, note, claim, context]) => damaged(id, note, encodeMapClaim(claim), context));
  const bytes = toHex(encodeMapClaim(await station.headClaim(ROOM)));
  return [
    ...cases,
    { id: "other-log", note: "of another log", in: { ...about("head", dara), bytes } },
    { id: "other-map", note: "of the other map", in: { ...about("identity", dara), bytes } },
    { id: "other-station", note: "another station", in: { ...about("head", log, new TestStation(2).key), bytes } },
    {
      id: "no-epoch",
      note: "of a leaf that is no epoch",
      in: {
        ...about("head", log),
        bytes: toHex(encodeMapClaim({ ...(await station.headClaim(ROOM)), epoch: await station.ledger.leafClaim(0) })),
      },
    },
  ];
}

interface Asked {
  readonly id: string;
  readonly note: string;
  readonly challenge: Challenge;
}

async function askedOf(station: TestStation): Promise<Asked[]> {
  const { head } = await station.append(ROOM, ["six"]);
  const common = { station: station.key, timeMs: station.timeMs, nonce: new Uint8Array(16).fill(7), index: 1 };
  const statement = { isClaim: false, bytes: encodeStatement(head, FULL_FORM) };
  const entry = { ...common, kind: "entry", subject: station.log(ROOM), reader: testSigner(9).publicKey } as const;
  const person = { ...common, kind: "identity", subject: station.identity("dara"), reader: undefined } as const;
  const headClaim = { isClaim: true, bytes: encodeMapClaim(await station.headClaim(ROOM)) };
  const word = { isClaim: false, bytes: await station.identityWord("dara") };
  const claim = { isClaim: true, bytes: encodeMapClaim(await station.identityClaim("dara")) };
  return [
    { id: "statement", note: "rests on a head", challenge: { ...entry, basis: statement } },
    { id: "head-claim", note: "rests on an epoch", challenge: { ...entry, basis: headClaim, reader: undefined } },
    { id: "word", note: "rests on an identity word", challenge: { ...person, basis: word } },
    { id: "identity-claim", note: "rests on an epoch", challenge: { ...person, basis: claim } },
  ];
}

async function challengeCases(): Promise<Given[]> {
  const station = await scene();
  const asked = await askedOf(station);
  const other = new TestStation(2).key;
  const made = (id: string, note: string, challenge: Challenge): Given => ({
    id,
    note,
    in: { bytes: toHex(encodeChallenge(challenge)) },
  });
  return asked.flatMap(({ id, note, challenge }) => [
    ...damaged(id, note, encodeChallenge(challenge), {}).filter((one) => !one.id.endsWith("-altered")),
    made(`${id}-beyond`, "an index that the basis does not reach", { ...challenge, index: 99 }),
    made(`${id}-station`, "the basis is another station's", { ...challenge, station: other }),
    made(`${id}-subject`, "the basis is about something else", { ...challenge, subject: other }),
  ]);
}

async function answerCases(): Promise<Given[]> {
  const station = await scene();
  const [statement, , word] = await askedOf(station);
  if (statement === undefined || word === undefined) throw new Error("nothing asked");
  const reader = testSigner(9);
  const { tree } = station.room(ROOM);
  const inclusion = await inclusionProof(1, 6, tree.reader, testHasher());
  const present = await station.manifest(ROOM, { reader });
  station.remove(ROOM, 1);
  const removed = await station.manifest(ROOM, { reader });
  const genesis = nth(station.chain("dara"), 0);
  const op = nth(station.chain("dara"), 1);
  const made = (id: string, note: string, { challenge }: Asked, answer: Parameters<typeof encodeAnswer>[0]): Given => ({
    id,
    note,
    in: { challenge: toHex(encodeChallenge(challenge)), bytes: toHex(encodeAnswer(answer)) },
  });
  const entry = { kind: "entry", entry: utf8("two"), inclusion } as const;
  const begun = new TestStation();
  begun.addOp("dara");
  const first = { ...word, challenge: { ...word.challenge, index: 0 } };
  return [
    made("entry", "the entry", statement, entry),
    made("entry-other", "another entry", statement, { ...entry, entry: utf8("TWO") }),
    made("entry-hash", "a hash too many", statement, { ...entry, inclusion: [...inclusion, nth(inclusion, 0)] }),
    made("entry-identity", "an entry where an op was asked for", word, entry),
    made("manifest", "removed", statement, { kind: "manifest", manifest: removed }),
    made("manifest-present", "says that the entry is there", statement, { kind: "manifest", manifest: present }),
    made("manifest-reader", "for nobody", statement, { kind: "manifest", manifest: await station.manifest(ROOM) }),
    made("manifest-forged", "not signed", statement, {
      kind: "manifest",
      manifest: flipBit(removed, 8 * removed.byteLength - 1),
    }),
    made("op", "the last op", word, { kind: "op", genesis, op }),
    made("op-first", "the genesis itself", first, { kind: "op", genesis, op: genesis }),
    made("op-sequence", "an op of another sequence", word, { kind: "op", genesis, op: genesis }),
    made("op-other", "another op in its place", word, { kind: "op", genesis, op: begun.addOp("dara", 7) }),
    made("op-genesis", "another's genesis", word, { kind: "op", genesis: nth(station.chain("sara"), 0), op }),
    made("op-broken", "bytes that are no op", word, { kind: "op", genesis, op: op.slice(1) }),
    { id: "kind", note: "no such kind", in: { challenge: toHex(encodeChallenge(word.challenge)), bytes: "03" } },
  ];
}

async function bundleCases(): Promise<Given[]> {
  const lies = await makeLies();
  const other = new TestStation(2).key;
  const cases = lies.flatMap(({ name, bundle, honest }) => {
    const id = name.replaceAll(" ", "-");
    const bytes = encodeBundle(bundle);
    const as = (suffix: string, note: string, altered: Uint8Array): Given => ({
      id: `${id}${suffix}`,
      note,
      in: { bytes: toHex(altered) },
    });
    return [
      as("", `${bytes.byteLength} bytes`, bytes),
      as("-honest", "objects that can all be true", encodeBundle(honest)),
      as("-station", "another station is accused", encodeBundle({ ...bundle, station: other })),
      as("-trailing", "a byte too many", Uint8Array.of(...bytes, 0)),
      as("-altered", "a bit turned in the last hash or signature", flipBit(bytes, 8 * bytes.byteLength - 260)),
    ];
  });
  const bytes = encodeBundle(nth(lies, 0).bundle);
  const rest = new Uint8Array(4097 - bytes.byteLength);
  return [
    ...cases,
    { id: "magic", note: "another first octet", in: { bytes: toHex(bytes.with(0, 67)) } },
    { id: "shape", note: "shape 10", in: { bytes: toHex(bytes.with(16, 10)) } },
    { id: "large", note: "4097 bytes", in: { bytes: toHex(Uint8Array.of(...bytes, ...rest)) } },
  ];
}

/** All files, by name, as they stand under vectors/evidence/. */
export async function makeVectors(): Promise<ReadonlyMap<VectorName, VectorFile>> {
  const given = new Map<VectorName, Given[]>([
    ["words.json", await wordCases()],
    ["claims.json", await claimCases()],
    ["challenges.json", await challengeCases()],
    ["answers.json", await answerCases()],
    ["bundles.json", await bundleCases()],
  ]);
  const files = new Map<VectorName, VectorFile>();
  for (const [name, cases] of given) {
    const answered: VectorCase[] = [];
    for (const one of cases) answered.push({ ...one, ...(await runVector(name, one.in)) });
    files.set(name, {
      source: "packages/evidence/scripts/make-vectors.ts",
      licence: "Apache-2.0",
      spec: `protocol/9-rule-r.md ${VECTOR_FILES[name]}`,
      cases: answered,
    });
  }
  return files;
}

/** How a file is written. */
export function formatVectors(vectors: VectorFile): string {
  return `${JSON.stringify(vectors, undefined, 1)}\n`;
}
