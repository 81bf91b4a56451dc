/* Making a link into a group: a key pair whose public half the group's state lists, and the text that is passed on. */
import { parseInvite } from "@chapar/e2e";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { GroupLinkTerms } from "../group-api.ts";
import type { LinkState } from "./group-state.ts";
import type { OwnLink } from "./link-rows.ts";
import { groupLinkText } from "./link-text.ts";

const SEED_BYTES = 32;
const wholeNumber = (value: number): number => (Number.isSafeInteger(value) && value > 0 ? value : 0);

/** @param of  an invite to this person, and how many are in the group now */
export async function newLink(
  { random, crypto, sha256, profile }: Member,
  row: ConversationRow,
  of: { readonly invite: string; readonly people: number; readonly terms: GroupLinkTerms },
): Promise<{ readonly state: LinkState; readonly own: OwnLink }> {
  const found = parseInvite(of.invite, sha256);
  const person = found.ok ? found.value.invite.person : undefined;
  if (!found.ok || person === undefined) throw new ClientError("client/bad-invite");
  const seed = random(SEED_BYTES);
  const key = await crypto.ed25519.publicKey(seed);
  const { approval } = of.terms;
  const expiresMs = wholeNumber(of.terms.expiresMs);
  const link = { conversation: row.id, seed, title: row.title, people: of.people, approval, expiresMs };
  const url = groupLinkText({ ...link, invite: { ...found.value.invite, person } }, sha256);
  const state = { key, by: profile.row.identity, expiresMs, limit: wholeNumber(of.terms.limit), used: 0, approval };
  return { state, own: { key, seed, url } };
}
