/* Our tree hashes against the library's, over trees of every history, and over broken ones. */
import * as fc from "fast-check";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { left, toNodeIndex } from "ts-mls/treemath.js";
import type { RatchetTree } from "ts-mls";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../../node/node-crypto.ts";
import { addAll, commitTo, type Party, World } from "../../testing/mls-party.ts";
import { makeEnvironment } from "./environment.ts";
import { inside } from "./group.ts";
import { hashTree } from "./tree-hash.ts";
import { tsMls } from "./ts-mls.ts";

const crypto = nodeCrypto();
const env = makeEnvironment({ crypto, authenticate: () => true, nowMs: () => Date.now(), suite: "x25519" });

async function join(committer: Party, others: readonly Party[], world: World, count: number): Promise<Party[]> {
  const joiners: { party: Party; keyPackage: Awaited<ReturnType<Party["mls"]["keyPackage"]>> }[] = [];
  for (let i = 0; i < count; i++) {
    const party = await world.party();
    joiners.push({ party, keyPackage: await party.mls.keyPackage(party.device) });
  }
  const frame = await addAll(committer, joiners);
  for (const other of others) await other.open(frame);
  return joiners.map(({ party }) => party);
}

/** Trees with blanks, unmerged leaves on several levels and emptied leaves that were taken again. */
async function trees(): Promise<RatchetTree[]> {
  const world = new World(crypto, (parts) => tsMls({ ...parts, suite: "x25519" }), "x25519");
  let parties: Party[] = await world.group(6);
  const seen: RatchetTree[] = [];
  const keep = (): void => void seen.push(inside(parties[0]!.group).state.ratchetTree);
  keep();
  for (const committer of [5, 2, 0]) {
    await commitTo(
      parties[committer]!,
      parties.filter((_, i) => i !== committer),
    );
    keep();
  }
  parties.push(
    ...(await join(
      parties[1]!,
      parties.filter((_, i) => i !== 1),
      world,
      3,
    )),
  );
  keep();
  const gone = parties.splice(3, 1)[0]!;
  await commitTo(
    parties[4]!,
    parties.filter((_, i) => i !== 4),
    { remove: [gone.group.ownLeaf] },
  );
  keep();
  parties.push(...(await join(parties[0]!, parties.slice(1), world, 3)));
  keep();
  await commitTo(parties.at(-1)!, parties.slice(0, -1));
  keep();
  return seen;
}

describe("tree hashes", () => {
  it("G-20 root and parent hashes are the library's, in trees of any history", async () => {
    for (const tree of await trees()) {
      const hashed = hashTree(tree, env.digest);
      expect(hashed.rootHash).toEqual(await treeHashRoot(tree, env.provider.hash));
      expect(hashed.parentHashesHold()).toBe(true);
    }
  });

  it("G-20 a parent that nobody below vouches for is found: a changed key, parent hash, or list of unmerged leaves", async () => {
    const all = await trees();
    const wrong = crypto.random(32);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.constantFrom("key", "hash", "unmerged"), async (which, at, what) => {
        const tree = all[which % all.length]!.slice();
        const filled = tree.flatMap((node, i) => (node?.nodeType === "parent" ? [i] : []));
        if (filled.length === 0) return;
        const index = filled[at % filled.length]!;
        const node = tree[index];
        if (node?.nodeType !== "parent") return;
        const { parent } = node;
        let below = index;
        while (below % 2 === 1) below = left(toNodeIndex(below));
        if (what === "unmerged" && tree[below] === undefined) return;
        const leaves = parent.unmergedLeaves.length > 0 ? [] : [below / 2];
        const changed = {
          key: { ...parent, hpkePublicKey: wrong },
          hash: { ...parent, parentHash: wrong },
          unmerged: { ...parent, unmergedLeaves: leaves },
        }[what];
        tree[index] = { nodeType: "parent", parent: changed! };
        expect(hashTree(tree, env.digest).parentHashesHold()).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it("G-20 a parent that was put where the tree had none is found", async () => {
    for (const tree of await trees()) {
      const donor = tree.find((node) => node?.nodeType === "parent");
      const blank = tree.findIndex((node, i) => i % 2 === 1 && node === undefined);
      if (donor === undefined || blank < 0) continue;
      const changed = tree.slice();
      changed[blank] = donor;
      expect(hashTree(changed, env.digest).parentHashesHold()).toBe(false);
    }
  });
});
