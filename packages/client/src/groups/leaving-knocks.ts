/* Leaving a knock in the inbox of every device of a person (W-22). */
import { encodeEntry, type IdentityId, type StationRef } from "@chapar/wire";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import type { StationLink } from "../link/station-link.ts";
import { deviceInboxes } from "../repair/inboxes.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";

/** @throws what the stations refused with, and what did not verify; then it may have reached some of them */
export async function leaveKnock(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  { identity, station }: { readonly identity: IdentityId; readonly station: StationRef },
  frame: Uint8Array,
): Promise<void> {
  const { contacts, store } = member;
  const served = await link.ask({ type: "identity.get", identity, at: elsewhere(link, station) }, "identity.ops");
  const ops = await tools.whole(link, identity, station, served.ops);
  const state = await contacts.check(ops, identity);
  const draft = new Draft();
  contacts.put(draft, state);
  await draft.commit(store);
  const home = state.home.station;
  const entry = encodeEntry({ kind: "knock", frame });
  for (const { inbox } of deviceInboxes(state, member.sha256)) {
    const answer = await link.ask({ type: "inbox.append", inbox, at: elsewhere(link, home), entry }, "receipt");
    await checkReceipt(member, answer.receipt, { station: home.key, log: inbox, entry });
  }
}
