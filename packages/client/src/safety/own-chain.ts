/* What is told of the own chain (C-12); apart from what is done with others' chains, which nobody needs before a first link. */
import { opHash } from "@chapar/wire";
import type { ToldChain } from "@chapar/wire/content";
import type { Member } from "../core.ts";

/** How the own chain stands, for those one talks with. */
export function ownChain(member: Pick<Member, "profile" | "sha256">): ToldChain {
  const { ops } = member.profile.row;
  const headHash = opHash(ops.at(-1) ?? new Uint8Array(0), member.sha256);
  return { opCount: ops.length, headHash, ops };
}
