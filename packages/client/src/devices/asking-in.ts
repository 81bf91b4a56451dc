/*
 * Asking to be let in (D-44): a conversation without a usable leaf of this device has its members take a new one in. Asked under the newest secrets
 * that this device has of the conversation, again until it is in.
 */
import type { SuiteName } from "@chapar/e2e";
import type { ConversationId } from "@chapar/wire";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { keyPackageShelf } from "../profile/key-packages.ts";
import { sealRepair } from "../repair/codec.ts";
import { type InboxAt, inboxesOf, leave, ownInboxes } from "../repair/inboxes.ts";
import { Draft } from "../store/shelf.ts";
import { isWaiting, waitingShelf } from "./joining.ts";

const BOTH: readonly SuiteName[] = ["x-wing", "x25519"];
/** How long an asking is given before it is said again. */
const AGAIN_AFTER_MS = 3_600_000;
/** How long the own devices are asked alone. */
const OWN_ALONE_MS = 600_000;

/** From now on a conversation waits for a new leaf. */
export async function awaitLeaf({ store }: Member, row: ConversationRow): Promise<void> {
  if ((await waitingShelf.get(store, row.id)) !== undefined) return;
  const draft = new Draft();
  waitingShelf.put(draft, row.id, { atMs: 0 });
  await draft.commit(store);
}

/** Asks in every conversation that waits, unless it was asked lately. @returns those in which members were asked, not own devices alone */
export async function askToBeLetIn(member: Member, link: StationLink): Promise<readonly ConversationId[]> {
  const { store, book, clock } = member;
  const asked: ConversationId[] = [];
  for (const { key, value } of await waitingShelf.range(store, {})) {
    const row = book.get(key);
    const nowMs = clock.nowMs();
    if (row === undefined || nowMs - value.atMs < AGAIN_AFTER_MS) continue;
    // Own devices first: what they hand over has the lines that this one missed (D-24).
    const isOwnFirst = value.atMs === 0 && row.kind === "group";
    const who = await askIn(member, link, row, { isOwnFirst });
    if (who === "nobody") continue;
    const draft = new Draft();
    waitingShelf.put(draft, row.id, { atMs: who === "own" ? nowMs - AGAIN_AFTER_MS + OWN_ALONE_MS : nowMs });
    await draft.commit(store);
    if (who === "all") asked.push(row.id);
  }
  return asked;
}

/**
 * Asks members once more where none has answered, under the secret of an epoch before: a member may not have read the last commits before the
 * hub was gone.
 *
 * @param asked  conversations in which members were asked
 * @param back  epochs before the newest that is known
 */
export async function askUnderOlder(
  member: Member,
  link: StationLink,
  asked: readonly ConversationId[],
  back: number,
): Promise<void> {
  for (const id of asked) {
    const row = member.book.get(id);
    if (row !== undefined && (await isWaiting(member, row))) await askIn(member, link, row, { back });
  }
}

/** @returns who was reached */
async function askIn(
  member: Member,
  link: StationLink,
  row: ConversationRow,
  { isOwnFirst = false, back = 0 }: { readonly isOwnFirst?: boolean; readonly back?: number },
): Promise<"nobody" | "own" | "all"> {
  const { mls, device, store, secrets, crypto, profile } = member;
  const known = secrets.latest(row.id)[back];
  if (known === undefined) return "nobody";
  const frames: Uint8Array[] = [];
  for (const suite of await suitesOf(member, row)) {
    const { ref, publicBytes, privateBytes } = await mls.keyPackage(device, suite);
    const draft = new Draft();
    // Given to one conversation alone: the home never has it, and it goes with the join.
    keyPackageShelf.put(draft, ref, {
      publicBytes,
      privateBytes,
      number: 0,
      published: true,
      usedAtMs: 0,
      suite,
      isLast: false,
    });
    await draft.commit(store);
    const message = {
      kind: "let-in",
      conversation: row.id,
      device: device.credential.device,
      ops: profile.row.ops,
      package: publicBytes,
    } as const;
    frames.push(await sealRepair(message, known.secret, crypto));
  }
  // Of many people others each time: those who were asked may be away for good.
  const from = Math.floor(member.clock.nowMs() / AGAIN_AFTER_MS);
  const own = isOwnFirst ? await ownInboxes(member) : [];
  if ((await reach(member, link, own, frames)) > 0) return "own";
  return (await reach(member, link, await inboxesOf(member, row, from), frames)) > 0 ? "all" : "nobody";
}

async function reach(
  member: Member,
  link: StationLink,
  inboxes: readonly InboxAt[],
  frames: readonly Uint8Array[],
): Promise<number> {
  let reached = 0;
  for (const inbox of inboxes) {
    let isReached = false;
    for (const frame of frames) isReached = (await leave(member, link, inbox, frame)) || isReached;
    if (isReached) reached += 1;
  }
  return reached;
}

/** The suites to ask with: of a conversation whose group is not here any more nobody remembers which it has (G-65). */
async function suitesOf({ groups, failed }: Member, row: ConversationRow): Promise<readonly SuiteName[]> {
  if (row.kind === "direct") return ["x-wing"];
  try {
    const group = await groups.load(row.id);
    return group === undefined ? BOTH : [group.suite];
  } catch (error) {
    failed(error);
    return BOTH;
  }
}
