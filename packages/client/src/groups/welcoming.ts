/* What joiners of a group fetch is put at the home, and they are told where it rests (F-65). */
import { blobHash, encodeEntry } from "@chapar/wire";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { blobLock, rememberPut } from "../leaving/locks.ts";
import type { StationLink } from "../link/station-link.ts";
import { elsewhere } from "../trust/judging.ts";
import { encodeGuestKnock, type GuestKnock } from "./welcome-bundle.ts";
import type { WelcomeTo, WishRow } from "./wish-row.ts";

/** Tells one device where its welcome rests. @throws what the station refused with, and a receipt that does not verify */
export async function knockAt(
  member: Member,
  link: StationLink,
  of: { readonly wish: WishRow; readonly to: WelcomeTo; readonly hand: GuestKnock["hand"] },
): Promise<void> {
  const { home } = member.profile.row;
  const hashes = of.wish.pieces.map((hash) => blobHash(hash));
  const { inbox, station, ref } = of.to;
  const frame = encodeGuestKnock({ ref, station: home.station, hashes, hand: of.hand });
  const entry = encodeEntry({ kind: "knock", frame });
  const answer = await link.ask({ type: "inbox.append", inbox, at: elsewhere(link, station), entry }, "receipt");
  await checkReceipt(member, answer.receipt, { station: station.key, log: inbox, entry });
}

/** Puts pieces that are still here, one after the other. */
export async function putPieces(member: Member, link: StationLink, pieces: readonly Uint8Array[]): Promise<void> {
  for (const hash of pieces) {
    const bytes = await member.store.get("blob", hash);
    if (bytes === undefined) continue;
    const lock = await blobLock(member, blobHash(hash));
    await link.ask({ type: "blob.put", bytes, lock }, "blob.stored");
    await link.drained();
  }
  await rememberPut(
    member,
    pieces.map((hash) => blobHash(hash)),
  );
}
