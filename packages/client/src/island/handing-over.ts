/* What was sealed for a room leaves for a branch: in order, many at a time; each receipt is checked and kept as any. */
import { encodeStatement, FULL_FORM } from "@chapar/log";
import { toHex } from "@chapar/wire/bytes";
import { type ConversationRow, outboxShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import type { StationLink } from "../link/station-link.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import type { BranchRow } from "./rows.ts";

/** Rows of an outbox that are looked at. */
const LOOKED_AT = 256;

/**
 * Hands sealed letters to the branch at the home.
 *
 * @param handed  leaf hashes of what was taken on this link, which is not handed again; grows
 * @returns the receipt that promises most, when there is one
 * @throws ClientError `client/wrong-receipt` · WireError what the home answers
 */
export async function handOver(
  member: Member,
  link: StationLink,
  row: ConversationRow,
  branch: BranchRow,
  handed: Set<string>,
): Promise<Uint8Array | undefined> {
  const { store, hasher } = member;
  const rows = await outboxShelf.range(store, { prefix: row.id, limit: LOOKED_AT });
  const entries = rows.flatMap(({ value: { sealed, receipted } }) =>
    sealed === undefined || receipted || sealed.epoch !== branch.epoch ? [] : [sealed.entry],
  );
  const waiting = entries.filter((entry) => !handed.has(toHex(hasher.leaf(entry))));
  const { log, station } = branch;
  const answers = await Promise.all(
    waiting.map(async (entry) => {
      const answer = await link.ask({ type: "log.append", log, entry }, "receipt");
      return checkReceipt(member, answer.receipt.slice(), { station: station.key, log, entry });
    }),
  );
  const draft = new Draft();
  for (const receipt of answers)
    unsettledShelf.put(draft, concatKey(log, receipt.index), { claim: encodeStatement(receipt, FULL_FORM) });
  await draft.commit(store);
  for (const entry of waiting) handed.add(toHex(hasher.leaf(entry)));
  const most = answers.toSorted((a, b) => a.size - b.size).at(-1);
  return most && encodeStatement(most, FULL_FORM);
}
