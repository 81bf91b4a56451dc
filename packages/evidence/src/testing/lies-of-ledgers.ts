/* Lies about the station's own log and its people: shapes 4 checkpoints, 5 identity and 9 fold. */
import { consistencyProof } from "@chapar/log";
import { testHasher } from "@chapar/log/testing";
import type { Bundle } from "../types.ts";
import { begun, type Lie, ROOM } from "./lie.ts";
import type { TestStation } from "./station.ts";

const hasher = testHasher();

/** Lies of one shape. */
export async function checkpointLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const fork = station.copy();
  await station.append(ROOM, ["four"]);
  await station.epoch();
  await fork.append(ROOM, ["FOUR"]);
  await fork.epoch();
  const a = station.ledger.checkpoint();
  const b = fork.ledger.checkpoint();
  await fork.epoch();
  const longer = fork.ledger.checkpoint();
  const bridge = {
    other: b.root,
    proof: await consistencyProof(b.size, longer.size, fork.ledger.tree.reader, hasher),
  };
  const shape = "checkpoints";
  const honest: Bundle = { shape, station: key, generation: 1, a: b, b: longer, bridge };
  return [
    {
      name: "checkpoints other-root",
      fault: "other-root",
      bundle: { shape, station: key, generation: 1, a, b, bridge: undefined },
      honest,
    },
    {
      name: "checkpoints other-prefix",
      fault: "other-prefix",
      bundle: { shape, station: key, generation: 1, a, b: longer, bridge },
      honest,
    },
  ];
}

/** Lies of one shape. */
export async function identityLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const hidden = station.copy();
  const fork = station.copy();
  station.addOp("dara", 1);
  fork.addOp("dara", 2);
  const two = await station.identityWord("dara");
  const other = await fork.identityWord("dara");
  hidden.tick();
  const one = await hidden.identityWord("dara");
  hidden.tick();
  await hidden.epoch();
  const oneClaim = await hidden.identityClaim("dara");
  await fork.epoch();
  const otherClaim = await fork.identityClaim("dara");
  await station.epoch();
  const twoClaim = await station.identityClaim("dara");
  hidden.tick(100);
  const late = await hidden.identityWord("dara");
  const identity = (word: Uint8Array, against: Uint8Array | typeof oneClaim): Bundle => ({
    shape: "identity",
    station: key,
    word,
    other: against,
  });
  const honest = identity(two, twoClaim);
  return [
    { name: "identity word other-commitment", fault: "other-commitment", bundle: identity(two, other), honest },
    { name: "identity word rolled-back", fault: "rolled-back", bundle: identity(two, one), honest },
    { name: "identity epoch other-commitment", fault: "other-commitment", bundle: identity(two, otherClaim), honest },
    { name: "identity epoch omitted", fault: "omitted", bundle: identity(two, oneClaim), honest },
    { name: "identity epoch rolled-back", fault: "rolled-back", bundle: identity(late, twoClaim), honest },
  ];
}

/** Lies of one shape. */
export async function foldLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const lost = station.copy();
  const fork = station.copy();
  station.addOp("dara", 1);
  await station.epoch();
  fork.addOp("dara", 2);
  const claimOf = async (one: TestStation, other: TestStation): Promise<Bundle> => {
    // The leaf of one chain in a log whose maps are another's.
    const leaf = await one.ledger.leafClaim(one.ledger.size - 2);
    const ledger = one.ledger.copy();
    await other.epoch();
    await ledger.epoch(new Map(), other.people, one.timeMs, true);
    return { shape: "fold", station: key, leaf, claim: await ledger.identityClaim(one.identity("dara"), 2) };
  };
  const honest = await claimOf(station, station.copy());
  return [
    { name: "fold lost", fault: "lost", bundle: await claimOf(station, lost), honest },
    { name: "fold other-commitment", fault: "other-commitment", bundle: await claimOf(station, fork), honest },
  ];
}
