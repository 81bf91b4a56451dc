/*
 * Who comes by a link of this person's (F-76, F-77): heard in the inbox, let in at once or when this person says so, and told when they are
 * not. The wish that adds them counts the use in the group's state, in the commit itself, so no two devices let in one too many.
 */
import { type ConversationId, idText } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { type GroupState, includes, type LinkState, roleOf } from "./group-state.ts";
import { stateOf } from "./group-step.ts";
import { leaveKnock } from "./leaving-knocks.ts";
import { sealAnswer, type TurnedAway } from "../conversation/link-sealing.ts";
import { GROUP_ANSWER, type LinkAsk, openAsk } from "./link-knock.ts";
import { type OwnLink, ownLink, ownLinks, requestKey, type RequestRow, requestShelf } from "./link-rows.ts";
import { linkFault, linkOf } from "./planning.ts";
import { newWish, queueWish, type WantedPerson, wishShelf } from "./wish-row.ts";

/** Requests that are kept of a group at a time. */
const MOST_KEPT = 256;

/** Why a link lets somebody in no more. */
const WHY: Readonly<Record<string, TurnedAway>> = {
  "no-link": "revoked",
  "expired-link": "expired",
  "used-link": "used-up",
  barred: "refused",
};

/** Hears one that asks. @returns the group that it is about, when there is something to do */
export async function hearAsk(member: Member, frame: Uint8Array): Promise<ConversationId | undefined> {
  for (const row of member.book.all()) {
    if (row.kind !== "group") continue;
    for (const link of ownLinks(member, row.id)) {
      const ask = await openAsk(member, link.seed, frame);
      if (ask === undefined) continue;
      if (equalBytes(ask.conversation, row.id)) await keep(member, row, link, ask);
      return row.id;
    }
  }
  return undefined;
}

async function keep(
  { store, clock, events, sha256 }: Member,
  row: ConversationRow,
  link: OwnLink,
  ask: LinkAsk,
): Promise<void> {
  const kept = await requestShelf.range(store, { prefix: row.id });
  const key = requestKey(row.id, ask.identity, sha256);
  if (kept.length >= MOST_KEPT && !kept.some((one) => equalBytes(one.key, key))) return;
  const { identity, station, name } = ask;
  const atMs = clock.nowMs();
  const draft = new Draft();
  requestShelf.put(draft, key, { key: link.key, identity, station, name, atMs, state: "open", why: "refused" });
  draft.after(() => events.emit({ type: "conversation", conversation: idText(row.id) }));
  await draft.commit(store);
}

/** Why somebody is not let in by a request now; undefined when they may be. */
function refusal(member: Member, state: GroupState, request: RequestRow): TurnedAway | undefined {
  if (roleOf(state, member.profile.row.identity) === "member") return "refused";
  const fault = linkFault(linkOf(state, request.key), member.clock.nowMs());
  if (fault !== undefined) return WHY[fault] ?? "revoked";
  return includes(state.barred, request.identity) ? "refused" : undefined;
}

/** Goes through the requests of a group: queues whom the link lets in, turns away whom it does not, forgets who is in. */
export async function settleRequests(member: Member, was: ConversationRow): Promise<void> {
  const { book, store, groups, events } = member;
  await book.lane(was.id).run(async () => {
    const requests = await requestShelf.range(store, { prefix: was.id });
    const row = book.get(was.id);
    const group = requests.length === 0 ? undefined : await groups.load(was.id);
    const state = group && stateOf(group.context);
    if (row === undefined || group === undefined || state === undefined) return;
    const people = group.members().map(({ credential }) => credential.identity);
    const queued = (await wishShelf.range(store, { prefix: row.id })).filter(({ value }) => value.wanted === "use");
    const draft = new Draft();
    const letIn = new Map<string, { readonly link: LinkState; readonly people: WantedPerson[] }>();
    for (const { key, value: request } of requests) {
      const { identity, station } = request;
      const isQueued = queued.some(({ value }) => value.people.some((one) => equalBytes(one.identity, identity)));
      if (includes(people, identity)) requestShelf.remove(draft, key);
      else if (request.state !== "away" && !isQueued) {
        const why = refusal(member, state, request);
        const link = linkOf(state, request.key);
        const isLetIn = link?.approval === false || request.state === "wanted";
        if (why !== undefined) requestShelf.put(draft, key, { ...request, state: "away", why });
        else if (link !== undefined && isLetIn) {
          const by = letIn.get(toHex(link.key)) ?? { link, people: [] };
          letIn.set(toHex(link.key), by);
          by.people.push({ identity, station });
        }
      }
    }
    draft.after(() => events.emit({ type: "conversation", conversation: idText(row.id) }));
    await draft.commit(store);
    // Who waits by one link comes in by one commit (F-150).
    for (const by of letIn.values()) {
      const wished = new Draft();
      await queueWish(store, wished, row.id, newWish("use", by));
      await wished.commit(store);
    }
  });
}

/** Tells those who are not let in. @throws when one could not be told now */
export async function turnAway(
  member: Member,
  tools: SessionTools,
  link: StationLink,
  row: ConversationRow,
): Promise<void> {
  let failure: unknown;
  for (const { key, value } of await requestShelf.range(member.store, { prefix: row.id })) {
    const own = ownLink(member, row.id, value.key);
    if (value.state !== "away") continue;
    try {
      if (own !== undefined) {
        const frame = await sealAnswer(member, own.seed, GROUP_ANSWER, { into: row.id, why: value.why });
        await leaveKnock(member, tools, link, value, frame);
      }
    } catch (error) {
      if (link.isEnded) throw error;
      failure = error;
      continue;
    }
    const draft = new Draft();
    requestShelf.remove(draft, key);
    await draft.commit(member.store);
  }
  if (failure !== undefined) throw failure;
}

/** What this person says of somebody who asked. */
export async function decide(
  member: Member,
  row: ConversationRow,
  identity: Uint8Array,
  state: "wanted" | "away",
): Promise<boolean> {
  const { store, book, events, sha256 } = member;
  return book.lane(row.id).run(async () => {
    const key = requestKey(row.id, identity, sha256);
    const request = await requestShelf.get(store, key);
    if (request === undefined || request.state === "away") return false;
    const draft = new Draft();
    requestShelf.put(draft, key, { ...request, state, why: "refused" });
    draft.after(() => events.emit({ type: "conversation", conversation: idText(row.id) }));
    await draft.commit(store);
    return true;
  });
}
