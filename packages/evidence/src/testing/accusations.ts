/* Every bundle that can be put together from what was signed (E-31), each shape with every pair of objects that fits it. */
import { encodeContradiction, type TreeBridge } from "@chapar/log";
import { nth } from "@chapar/log/testing";
import type { StationKey } from "@chapar/wire";
import type { Bundle, ManifestFault } from "../types.ts";
import { decodeManifest } from "../words/manifest.ts";
import { bridges, distinct, inclusions, type Said, some } from "./history.ts";
import { full } from "./lie.ts";

type Tried = Generator<Bundle> | AsyncGenerator<Bundle>;

const treesOf = (said: Said, room: string) =>
  distinct(said.trees.filter((one) => one.room === room).map((one) => one.tree));
const withNone = (all: readonly TreeBridge[]): (TreeBridge | undefined)[] => [undefined, ...all];

async function* statements(said: Said, station: StationKey): AsyncGenerator<Bundle> {
  for (const { room, statement: a } of some(said.statements, 14)) {
    for (const { room: other, statement: b } of some(said.statements, 14)) {
      const trees = room === other ? treesOf(said, room) : [];
      const make = (shape: Parameters<typeof encodeContradiction>[0]["shape"], bridge?: TreeBridge): Bundle => {
        const contradiction = bridge === undefined ? { shape, a, b } : { shape, a, b, bridge };
        return { shape: "statements", station, contradiction: encodeContradiction(contradiction) };
      };
      for (const shape of ["same-size", "same-index", "rolled-back"] as const) yield make(shape);
      for (const bridge of await bridges(trees, a.size, b.size)) yield make("prefix", bridge);
      if (a.kind !== "accept") continue;
      for (const bridge of await inclusions(trees, a.index, b.size)) yield make("entry", bridge);
    }
  }
}

async function* logs(said: Said, station: StationKey): AsyncGenerator<Bundle> {
  for (const { room, statement } of some(said.statements, 20)) {
    const trees = treesOf(said, room);
    const heads = said.heads.filter((one) => one.room === room);
    const found = new Set<TreeBridge>();
    for (const tree of trees) {
      for (let size = 1; size <= tree.size; size++) {
        for (const one of await bridges([tree], statement.size, size)) found.add(one);
        for (const one of await bridges([tree], size, statement.size)) found.add(one);
      }
    }
    for (const { claim } of some(heads, 10))
      for (const bridge of withNone([...found]))
        yield { shape: "log", station, statement: full(statement), claim, bridge };
  }
}

function* heads(
  said: Said,
  station: StationKey,
  logOf: (room: string) => Parameters<typeof full>[0]["logId"],
): Generator<Bundle> {
  for (const a of some(said.heads, 16)) {
    for (const b of some(said.heads, 16)) {
      if (a.room !== b.room) continue;
      const log = logOf(a.room) as Extract<Bundle, { shape: "heads" }>["log"];
      yield { shape: "heads", station, log, earlier: a.claim, later: b.claim };
    }
  }
}

async function* checkpoints(said: Said, station: StationKey): AsyncGenerator<Bundle> {
  for (const a of said.checkpoints) {
    for (const b of said.checkpoints) {
      const { generation } = a;
      const trees = distinct(said.ledgers.filter((one) => one.generation === generation).map((one) => one.tree));
      for (const bridge of withNone(await bridges(trees, a.checkpoint.size, b.checkpoint.size)))
        yield { shape: "checkpoints", station, generation, a: a.checkpoint, b: b.checkpoint, bridge };
    }
  }
}

function* identities(said: Said, station: StationKey): Generator<Bundle> {
  for (const { person, bytes: word } of said.words) {
    for (const { bytes: other } of said.words) yield { shape: "identity", station, word, other };
    for (const one of said.people)
      if (one.person === person) yield { shape: "identity", station, word, other: one.claim };
  }
}

async function faultsOf(said: Said, at: number): Promise<ManifestFault[]> {
  const found: ManifestFault[] = said.readerWords.map((word) => ({ reason: "pruned-early", word }));
  for (const leaf of some(said.leaves, 12)) found.push({ reason: "no-tombstone", leaf });
  for (const { room, statement: value } of some(said.statements, 8)) {
    const statement = full(value);
    found.push({ reason: "expired-early", statement }, { reason: "other-leaf", statement, inclusion: undefined });
    for (const inclusion of await inclusions(treesOf(said, room), at, value.size))
      found.push({ reason: "other-leaf", statement, inclusion });
  }
  return found;
}

async function* manifests(said: Said, station: StationKey): AsyncGenerator<Bundle> {
  for (const manifest of some(said.manifests, 8)) {
    const decoded = decodeManifest(manifest);
    if (!decoded.ok) throw new Error(decoded.code);
    for (let item = 0; item < decoded.value.items.length; item++)
      for (const fault of await faultsOf(said, decoded.value.first + item))
        yield { shape: "manifest", station, manifest, item, fault };
  }
}

async function* duplicates(said: Said, station: StationKey): AsyncGenerator<Bundle> {
  for (const { room, statement } of some(said.statements, 6)) {
    for (const tree of treesOf(said, room).filter((one) => one.size >= statement.size)) {
      const at = async (index: number) => nth(await inclusions([tree], index, statement.size), 0);
      for (let i = 1; i < statement.size; i++) {
        const [a, b] = [await at(i - 1), await at(i)];
        const places = [
          { index: i - 1, proof: a.proof },
          { index: i, proof: b.proof },
        ] as const;
        yield { shape: "duplicate", station, statement: full(statement), leafHash: a.other, places };
      }
    }
  }
}

function* folds(said: Said, station: StationKey): Generator<Bundle> {
  for (const leaf of some(said.leaves, 30))
    for (const { claim } of some(said.people, 10)) yield { shape: "fold", station, leaf, claim };
}

/** Every bundle of shapes 1 to 6, 8 and 9 that can be put together, true or not. */
export async function* accusations(
  said: Said,
  station: StationKey,
  logOf: (room: string) => Uint8Array,
): AsyncGenerator<Bundle> {
  const all: Tried[] = [
    statements(said, station),
    logs(said, station),
    heads(said, station, logOf),
    checkpoints(said, station),
    identities(said, station),
    manifests(said, station),
    duplicates(said, station),
    folds(said, station),
  ];
  for (const tried of all) yield* tried;
}
