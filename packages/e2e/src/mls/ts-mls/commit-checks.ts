/*
 * What a commit may propose and put into its path, checked before the library applies anything (protocol/4-groups.md §3).
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { Commit, Proposal } from "ts-mls";
import { e2eError } from "../../errors.ts";
import type { DeviceCredential, GroupChange, GroupMember } from "../port.ts";
import { checkKeyPackage, KeysInUse, readContext } from "./checks.ts";
import { CONTEXT_EXTENSION, type Environment, MAX_MEMBERS } from "./environment.ts";
import type { TsGroup } from "./group.ts";
import { type NamedPsks, pskIdsOf } from "./psk.ts";

const NO_PROOF = new Uint8Array(0);

/** What a commit proposes, after every check of ours. */
export interface Proposed {
  readonly added: readonly DeviceCredential[];
  readonly removed: readonly number[];
  readonly context: Uint8Array;
  /** name of the key that its maker mixes in */
  readonly psk: Uint8Array | undefined;
}

export function changeOf(group: TsGroup, by: GroupMember, proposed: Proposed): GroupChange {
  const members = group.members();
  return {
    kind: "commit",
    groupId: group.groupId,
    epoch: group.epoch,
    by,
    added: proposed.added,
    removed: members.filter(({ leaf }) => proposed.removed.includes(leaf)),
    before: group.context,
    after: proposed.context,
    members,
    proof: NO_PROOF,
    psk: proposed.psk,
  };
}

/** @throws E2eError `e2e/bad-commit` for a proposal by reference */
export function inlineProposals(commit: Commit): Proposal[] {
  return commit.proposals.map((item) => {
    if (item.proposalOrRefType !== "proposal") throw e2eError("e2e/bad-commit");
    return item.proposal;
  });
}

/** RFC 9420 §12.2 for the kinds of proposal that groups here know. */
export async function checkProposals(
  env: Environment,
  group: TsGroup,
  sender: number,
  commit: Commit,
): Promise<Proposed & { readonly keys: KeysInUse; readonly named: NamedPsks }> {
  const proposals = inlineProposals(commit);
  const tree = group.state.ratchetTree;
  const removed = new Set<number>();
  for (const proposal of proposals) {
    if (proposal.proposalType !== "remove") continue;
    const leaf = proposal.remove.removed;
    if (leaf === sender || removed.has(leaf) || tree[2 * leaf]?.nodeType !== "leaf") throw e2eError("e2e/bad-commit");
    removed.add(leaf);
  }
  const keys = new KeysInUse(tree, removed);
  const added: DeviceCredential[] = [];
  let context: Uint8Array | undefined;
  for (const proposal of proposals) {
    if (proposal.proposalType === "remove") continue;
    if (proposal.proposalType === "add") {
      const { keyPackage, credential } = await checkKeyPackage(env, proposal.add.keyPackage);
      keys.join(keyPackage);
      added.push(credential);
    } else if (proposal.proposalType === "psk") {
      continue; // psk.ts
    } else if (proposal.proposalType === "group_context_extensions" && context === undefined) {
      context = readContext(env, proposal.groupContextExtensions.extensions, "e2e/bad-commit");
    } else {
      throw e2eError("e2e/bad-commit");
    }
  }
  if (group.members().length - removed.size + added.length > MAX_MEMBERS) throw e2eError("e2e/group-full");
  const named = pskIdsOf(env, group.state, proposals, added.length > 0);
  return { added, removed: [...removed], context: context ?? group.context, psk: named.own, keys, named };
}

function removes(item: Commit["proposals"][number]): boolean {
  return item.proposalOrRefType === "proposal" && item.proposal.proposalType === "remove";
}

type Path = NonNullable<Commit["path"]>;

/** Form and freshness of an update path's keys, whoever made it. */
export function checkPathKeys(env: Environment, { leafNode, nodes }: Path, keys: KeysInUse): void {
  const { strictContext } = env.profile;
  if (
    strictContext &&
    (leafNode.extensions.length > 0 || !leafNode.capabilities.extensions.includes(CONTEXT_EXTENSION))
  ) {
    throw e2eError("e2e/bad-commit");
  }
  const kem = env.suite.kem(env.crypto);
  for (const key of [leafNode.hpkePublicKey, ...nodes.map((node) => node.hpkePublicKey)]) {
    if (key.byteLength !== kem.publicKeyBytes) throw e2eError("e2e/bad-commit");
    keys.encryption(key);
  }
}

/** The committer may renew its keys, never become someone else (RFC 9420 §5.3.1: the successor of a credential). */
export function checkPath(env: Environment, group: TsGroup, sender: number, commit: Commit, keys: KeysInUse): void {
  const { path } = commit;
  if (path === undefined) {
    // RFC 9420 §12.4: without a path the removed would go on reading, and nothing says no to them before they left
    if (commit.proposals.some(removes)) throw e2eError("e2e/bad-commit");
    return;
  }
  const old = group.state.ratchetTree[2 * sender];
  const { leafNode } = path;
  const { credential } = leafNode;
  const same =
    old?.nodeType === "leaf" &&
    "identity" in credential &&
    "identity" in old.leaf.credential &&
    equalBytes(credential.identity, old.leaf.credential.identity) &&
    equalBytes(leafNode.signaturePublicKey, old.leaf.signaturePublicKey);
  if (!same) throw e2eError("e2e/bad-credential");
  checkPathKeys(env, path, keys);
}
