/* Making a group (F-61): its MLS group and first commit are made on the device at once, so that it can be named and filled without a link. */
import type { SuiteName } from "@chapar/e2e";
import { conversationId, encodeEntry, ID_SIZE_BYTES, logIdOf } from "@chapar/wire";
import { newConversation } from "../conversation/book.ts";
import { commitEntry } from "../conversation/commit-entry.ts";
import { newOpening } from "../conversation/new-opening.ts";
import { Placer } from "../conversation/placer.ts";
import { encodeRoom } from "../conversation/room-descriptor.ts";
import { type ConversationRow, openingShelf, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import { GroupStep, rosterOf } from "./group-step.ts";
import { type GroupState, NOBODY } from "./group-state.ts";
import { keepFounderKey } from "./leading-back.ts";
import { newWish, queueWish, type WantedPerson } from "./wish-row.ts";

const SEED_BYTES = 32;

/** A group that is to be. */
export interface NewGroup {
  /** cleaned */
  readonly title: string;
  /** whoever else is to be in it */
  readonly people: readonly WantedPerson[];
  readonly suite: SuiteName;
}

/** Makes a group of which this person is the owner; the others wait as a wish. */
export async function foundGroup(member: Member, { title, people, suite }: NewGroup): Promise<ConversationRow> {
  const { crypto, random, mls, device, profile, sha256, groups, hasher, book, store, clock, events } = member;
  const { identity, home } = profile.row;
  const id = conversationId(random(ID_SIZE_BYTES.conversation));
  const [writeSeed, readSeed] = [random(SEED_BYTES), random(SEED_BYTES)];
  const genesis = encodeEntry({
    kind: "genesis",
    log: "room",
    nonce: id,
    writeKey: await crypto.ed25519.publicKey(writeSeed),
    readKey: await crypto.ed25519.publicKey(readSeed),
  });
  const hub = home.station;
  const state: GroupState = { title, owners: [identity], admins: [], membersAdd: false, links: [], barred: [] };
  const created = await mls.create(device, id, encodeRoom({ hub, genesis, ops: [], group: state }), suite);
  const pending = await mls.commit(created.group, { add: [], remove: [] });
  const commit = await commitEntry(member, created.group, pending);
  const draft = new Draft();
  groups.advance(draft, id, created.group, [...created.writes, ...pending.writes]);
  openingShelf.put(draft, id, { ...newOpening(hub), stage: "create", genesis, writeSeed, readSeed, commit });
  sentShelf.put(draft, hasher.leaf(commit), { conversation: id, what: "commit", sequence: 0 });
  book.putRoster(draft, id, {
    people: rosterOf(created.group, state),
    leaving: [],
    week: { drawn: 0, atMs: clock.nowMs(), gone: 0 },
  });
  const begun = newConversation(id, {
    kind: "group",
    title,
    peer: NOBODY,
    peerName: "",
    peerHome: undefined,
    state: "opening",
    atMs: clock.nowMs(),
    room: { log: logIdOf(sha256, hub.key, genesis), hub },
    joinedEpoch: 0,
    renew: false,
  });
  keepFounderKey(member, draft, logIdOf(sha256, hub.key, genesis), writeSeed);
  const placer = new Placer({ ...begun, mirrored: true }, draft, store, events);
  new GroupStep(member, draft, placer).line(identity, { what: "created", people: [], text: title });
  if (people.length > 0) await queueWish(store, draft, id, newWish("add", { people }));
  book.put(draft, placer.row);
  await draft.commit(store);
  return placer.row;
}
