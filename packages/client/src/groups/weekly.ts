/*
 * The weekly key of a large group (F-114 to F-116): one of those who lead it draws a secret, brings it to every device by X-Wing, and commits
 * it. Who was taken out before it was drawn knows nothing of it, so what they recorded does not open even to a quantum computer.
 */
import type { MlsGroup } from "@chapar/e2e";
import { type ConversationId, encodeEntry, type IdentityId, isWireError } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { inboxOf, takeGuests } from "../jobs/guests.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";
import { type GroupState, roleOf } from "./group-state.ts";
import { stateOf } from "./group-step.ts";
import { isReady, unbrought } from "./week-brought.ts";
import { weekKey } from "./week-id.ts";
import { encodeWeekPart } from "./week-part.ts";
import { broughtShelf, heldKeyShelf, weekAt, type WeekRow, weekShelf, type WeekState } from "./week-rows.ts";
import { newWish, queueWish, wishShelf } from "./wish-row.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long a key stands when nobody has gone. */
const STANDS_MS = 7 * DAY_MS;
/** Whoever was brought a key leaves it so long to whoever brings it. */
const LEFT_ALONE_MS = DAY_MS;
/** Then it is drawn all the same: a knock says nothing of who brought it, and somebody who was taken out could bring one each day. */
const PATIENCE_MS = 2 * DAY_MS;
const SECRET_BYTES = 32;

/** What is asked of the rest of the session. */
export interface WeeklyPorts {
  readonly tools: SessionTools;
  /** there is something to do in a group */
  readonly asked: (id: ConversationId) => void;
}

/** Where somebody stands among the devices of those who lead: owners, then admins, as the state names them; undefined for nobody of them. */
function rankOf(group: MlsGroup, { owners, admins }: GroupState): number | undefined {
  const members = group.members();
  const ranked = [...owners, ...admins].flatMap((leader) =>
    members.filter(({ credential }) => equalBytes(credential.identity, leader)),
  );
  const rank = ranked.findIndex(({ leaf }) => leaf === group.ownLeaf);
  return rank < 0 ? undefined : rank;
}

/** From when on a device of a rank draws the next key (F-114, F-115). */
function dueAtMs({ drawn, atMs, gone }: WeekState, rank: number): number {
  return atMs + (gone > drawn ? DAY_MS : STANDS_MS) + rank * HOUR_MS;
}

/** Does what is due. @throws what the home refused with, and what did not verify */
export async function keepWeekly(
  member: Member,
  { tools, asked }: WeeklyPorts,
  link: StationLink,
  id: ConversationId,
): Promise<void> {
  const { book, groups } = member;
  const row = book.get(id);
  const group = await book.lane(id).run(() => groups.load(id));
  const state = group && stateOf(group.context);
  const isOpen = row?.kind === "group" && row.state === "open" && !row.leaving && !row.stopped;
  if (!isOpen || group === undefined || state === undefined || group.suite !== "x25519") return;
  const rank = rankOf(group, state);
  if (rank === undefined) return;
  const week = (await weekShelf.get(member.store, weekAt(id, "own"))) ?? (await drawn(member, row, group, rank));
  if (week === undefined) return;
  await bring(member, tools, link, { row, group, state, week });
  if (!(await isReady(member, row, group, week))) return;
  await queueCommit(member, id);
  asked(id);
}

/** Draws a key when it is time. */
async function drawn(
  member: Member,
  row: ConversationRow,
  group: MlsGroup,
  rank: number,
): Promise<WeekRow | undefined> {
  const { store, clock, book, random, sha256 } = member;
  const nowMs = clock.nowMs();
  const known = book.roster(row.id)?.week ?? { drawn: 0, atMs: 0, gone: 0 };
  const overdueMs = nowMs - dueAtMs(known, rank);
  if (overdueMs < 0) return undefined;
  const held = await heldKeyShelf.range(store, { prefix: weekAt(row.id, "held") });
  if (overdueMs < PATIENCE_MS && held.some(({ value }) => nowMs - value.atMs < LEFT_ALONE_MS)) return undefined;
  const key = weekKey(row.id, group.epoch, random(SECRET_BYTES), sha256);
  const week: WeekRow = { ...key, drawnAtMs: nowMs, begins: 0 };
  const draft = new Draft();
  for (const one of await broughtShelf.range(store, { prefix: weekAt(row.id, "brought") }))
    broughtShelf.remove(draft, one.key);
  weekShelf.put(draft, weekAt(row.id, "own"), week);
  await draft.commit(store);
  return week;
}

/** Everything of one bringing. */
interface Bringing {
  readonly row: ConversationRow;
  readonly group: MlsGroup;
  readonly state: GroupState;
  readonly week: WeekRow;
}

/** Brings the key to every device that does not have it, those who lead first. Whoever cannot be reached keeps nobody waiting. */
async function bring(member: Member, tools: SessionTools, link: StationLink, of: Bringing): Promise<void> {
  const people = [...(await unbrought(member, of.row, of.group))];
  const leads = (identity: Uint8Array): number => (roleOf(of.state, identity) === "member" ? 1 : 0);
  for (const [identity, devices] of people.toSorted(([a], [b]) => leads(a) - leads(b))) {
    try {
      await bringTo(member, tools, link, { ...of, identity: identity as IdentityId, devices });
    } catch (error) {
      if (link.isEnded || isWireError(error, "station/rate-limited")) throw error;
      member.failed(error);
    }
  }
}

/** Brings it to the devices of one person, each by a key package of its own. */
async function bringTo(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  {
    row,
    group,
    week,
    identity,
    devices,
  }: Bringing & {
    readonly identity: IdentityId;
    readonly devices: readonly Uint8Array[];
  },
): Promise<void> {
  const { contacts, store, mls, sha256, clock } = member;
  const home = (await contacts.newest(identity))?.home.station;
  if (home === undefined) return;
  const { state, guests } = await takeGuests(
    member,
    link,
    { identity, station: home, suite: group.suite },
    tools.whole,
  );
  const learned = new Draft();
  contacts.put(learned, state);
  await learned.commit(store);
  const { station } = state.home;
  for (const { keys, facts } of guests) {
    if (!devices.some((one) => equalBytes(one, keys.device))) continue;
    const sealed = await mls.sealPsk(keys.package, week);
    const entry = encodeEntry({ kind: "knock", frame: encodeWeekPart({ ref: facts.ref, sealed }) });
    const inbox = inboxOf(member, state, keys.device);
    const answer = await link.ask({ type: "inbox.append", inbox, at: elsewhere(link, station), entry }, "receipt");
    await checkReceipt(member, answer.receipt, { station: station.key, log: inbox, entry });
    const draft = new Draft();
    broughtShelf.put(draft, weekAt(row.id, "brought", { bytes: keys.device, sha256 }), { atMs: clock.nowMs() });
    await draft.commit(store);
  }
}

/** The key is to be taken in, once. */
async function queueCommit({ book, store }: Member, id: ConversationId): Promise<void> {
  await book.lane(id).run(async () => {
    const queued = await wishShelf.range(store, { prefix: id });
    if (queued.some(({ value }) => value.wanted === "week")) return;
    const draft = new Draft();
    await queueWish(store, draft, id, newWish("week", {}));
    await draft.commit(store);
  });
}
