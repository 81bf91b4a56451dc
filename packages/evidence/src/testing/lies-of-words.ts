/* Lies in manifests, and challenges that were not answered: shapes 6 manifest and 7 unanswered. */
import { inclusionProof } from "@chapar/log";
import { nth, testHasher, testSha256, testSigner } from "@chapar/log/testing";
import { utf8 } from "@chapar/wire/bytes";
import { challengeHash, encodeChallenge } from "../challenge/codec.ts";
import { encodeMapClaim } from "../claims/codec.ts";
import type { Bundle, Challenge } from "../types.ts";
import { begun, full, type Lie, ROOM } from "./lie.ts";
import { TestStation } from "./station.ts";

const hasher = testHasher();
const DAY_MS = 86_400_000;

/** Lies of one shape. */
export async function manifestLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const reader = testSigner(9);
  const before = await station.append(ROOM, ["four"]);
  station.tick(DAY_MS);
  const receipt = nth((await station.append(ROOM, ["five"])).receipts, 0);
  const word = await station.register(ROOM, reader, 0);
  const eager = station.copy();
  eager.room(ROOM).change(4, "pruned");
  const early = station.copy();
  early.room(ROOM).change(4, "expired");
  const fork = station.copy();
  fork.room(ROOM).entries[4] = { ...nth(fork.room(ROOM).entries, 4), leafHash: hasher.leaf(utf8("FIVE")) };
  const secret = station.copy();
  station.remove(ROOM, 4);
  secret.addOp("sara");
  await secret.epoch();
  await station.epoch();
  const ask = { reader, first: 4, count: 1 };
  const { tree } = station.room(ROOM);
  const inclusion = { other: receipt.leafHash, proof: await inclusionProof(4, 5, tree.reader, hasher) };
  const index = 2;
  const said = await station.manifest(ROOM, ask);
  const manifest = (bytes: Uint8Array, fault: Extract<Bundle, { shape: "manifest" }>["fault"]): Bundle => ({
    shape: "manifest",
    station: key,
    manifest: bytes,
    item: 0,
    fault,
  });
  const tombstone = await station.ledger.leafClaim(index);
  const none = await secret.ledger.leafClaim(index);
  return [
    {
      name: "manifest pruned-early",
      fault: "pruned-early",
      bundle: manifest(await eager.manifest(ROOM, ask), { reason: "pruned-early", word }),
      honest: manifest(said, { reason: "pruned-early", word }),
    },
    {
      name: "manifest expired-early",
      fault: "expired-early",
      bundle: manifest(await early.manifest(ROOM, ask), { reason: "expired-early", statement: full(before.head) }),
      honest: manifest(said, { reason: "expired-early", statement: full(before.head) }),
    },
    {
      name: "manifest other-leaf by receipt",
      fault: "other-leaf",
      bundle: manifest(await fork.manifest(ROOM, ask), {
        reason: "other-leaf",
        statement: full(receipt),
        inclusion: undefined,
      }),
      honest: manifest(said, { reason: "other-leaf", statement: full(receipt), inclusion: undefined }),
    },
    {
      name: "manifest other-leaf by inclusion",
      fault: "other-leaf",
      bundle: manifest(await fork.manifest(ROOM, ask), { reason: "other-leaf", statement: full(receipt), inclusion }),
      honest: manifest(said, { reason: "other-leaf", statement: full(receipt), inclusion }),
    },
    {
      name: "manifest no-tombstone",
      fault: "no-tombstone",
      bundle: manifest(said, { reason: "no-tombstone", leaf: none }),
      honest: manifest(said, { reason: "no-tombstone", leaf: tombstone }),
    },
  ];
}

/** Lies of one shape. */
export async function unansweredLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const witness = new TestStation(3);
  const head = (await station.append(ROOM, ["four"])).head;
  const nonce = new Uint8Array(16).fill(4);
  const common = { station: key, timeMs: station.timeMs, nonce, index: 0, reader: undefined };
  const asked: [string, Challenge][] = [
    [
      "statement",
      { ...common, kind: "entry", basis: { isClaim: false, bytes: full(head) }, subject: station.log(ROOM), index: 3 },
    ],
    [
      "head claim",
      {
        ...common,
        kind: "entry",
        basis: { isClaim: true, bytes: encodeMapClaim(await station.headClaim(ROOM)) },
        subject: station.log(ROOM),
        reader: testSigner(9).publicKey,
      },
    ],
    [
      "identity word",
      {
        ...common,
        kind: "identity",
        basis: { isClaim: false, bytes: await station.identityWord("dara") },
        subject: station.identity("dara"),
      },
    ],
    [
      "identity claim",
      {
        ...common,
        kind: "identity",
        basis: { isClaim: true, bytes: encodeMapClaim(await station.identityClaim("dara")) },
        subject: station.identity("dara"),
      },
    ],
  ];
  const bytesOf = asked.map(([name, challenge]) => [name, encodeChallenge(challenge)] as const);
  for (const [, bytes] of bytesOf) {
    const challenge = challengeHash(bytes, testSha256);
    witness.ledger.record({ kind: "unanswered", station: key, challenge, timeMs: witness.timeMs });
  }
  await witness.epoch();
  return Promise.all(
    bytesOf.map(async ([name, challenge], index) => {
      const leaf = (at: number) => witness.ledger.leafClaim(at);
      const shape = "unanswered";
      const bundle = { shape, station: key, challenge, witness: witness.key, leaf: await leaf(index) } as const;
      return {
        name: `unanswered ${name}`,
        fault: shape,
        bundle,
        honest: { ...bundle, leaf: await leaf((index + 1) % 4) },
      };
    }),
  );
}
