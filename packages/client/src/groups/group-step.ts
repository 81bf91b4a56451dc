/*
 * What a commit means for a group (F-63): judged before anything of it is taken, then told in lines and kept in the roster, within the
 * step that reads it.
 */
import type { DeviceCredential, GroupChange, GroupMember, MlsGroup } from "@chapar/e2e";
import { identityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Placer } from "../conversation/placer.ts";
import { decodeRoom } from "../conversation/room-descriptor.ts";
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import { encodeGroupLine, type GroupLine } from "./group-line.ts";
import { type GroupState, includes, roleOf } from "./group-state.ts";
import { distinct, Ids } from "./identities.ts";
import { type Deed, peopleCome, peopleGone, usesCounted } from "./judging.ts";
import type { PersonRole, RosterRow } from "./roster-row.ts";
import { decodeWeekId } from "./week-id.ts";
import type { WeekState } from "./week-rows.ts";

const LINE_ID_BYTES = 32;

/** A commit between two values of a group. */
export interface GroupCommit {
  readonly before: MlsGroup;
  readonly after: MlsGroup;
  readonly by: DeviceCredential;
  readonly added: readonly GroupMember[];
  readonly removed: readonly GroupMember[];
  /** the name of the key in it */
  readonly psk: Uint8Array | undefined;
}

/** What a commit does, for judging. */
export function deedOf({ before, after, by, added, removed, psk }: GroupCommit): Deed {
  return {
    by,
    before: before.context,
    after: after.context,
    members: before.members().map(({ credential }) => credential),
    added: added.map(({ credential }) => credential),
    removed: removed.map(({ credential }) => credential),
    psk,
  };
}

/** The same of a commit as it was opened; also whoever it takes out judges it. */
export function deedOfChange({ by, before, after, members, added, removed, psk }: GroupChange): Deed {
  const credentials = (list: readonly GroupMember[]): readonly DeviceCredential[] =>
    list.map(({ credential }) => credential);
  return { by: by.credential, before, after, members: credentials(members), added, removed: credentials(removed), psk };
}

/** A commit that does not count: whose it was, and why as the judges say it. */
export interface Refused {
  readonly by: DeviceCredential;
  readonly why: string;
}

/** The difference between two values of a group, as a commit of ours. */
export function ownCommit(
  before: MlsGroup,
  after: MlsGroup,
  by: DeviceCredential,
  psk: Uint8Array | undefined,
): GroupCommit {
  const [was, now] = [before.members(), after.members()];
  const not = (list: readonly GroupMember[]): ((one: GroupMember) => boolean) => {
    const devices = new Ids(list.map(({ credential }) => credential.device));
    return ({ credential }) => !devices.has(credential.device);
  };
  return { before, after, by, added: now.filter(not(was)), removed: was.filter(not(now)), psk };
}

/** The state in a context. */
export function stateOf(context: Uint8Array): GroupState | undefined {
  const room = decodeRoom(context);
  return room.ok ? room.value.group : undefined;
}

/** The people of a group and what each may do. */
export function rosterOf(group: MlsGroup, state: GroupState): readonly PersonRole[] {
  const people = distinct(group.members().map(({ credential }) => credential.identity));
  return people.map((identity) => ({ identity: identityId(identity.slice()), role: roleOf(state, identity) }));
}

/** Takes commits of one group within one transaction. */
export class GroupStep {
  readonly #member: Member;
  readonly #draft: Draft;
  readonly #placer: Placer;
  /** as it is after what was taken in this transaction; the book does not have it yet */
  #roster: RosterRow | undefined;

  constructor(member: Member, draft: Draft, placer: Placer) {
    this.#member = member;
    this.#draft = draft;
    this.#placer = placer;
    this.#roster = member.book.roster(placer.row.id);
  }

  #put(roster: RosterRow): void {
    this.#roster = roster;
    this.#member.book.putRoster(this.#draft, this.#placer.row.id, roster);
  }

  /** Somebody's letter says that they leave: their leaf stays until somebody who may takes it out (F-66). */
  asksOut(identity: Uint8Array): void {
    const roster = this.#roster;
    if (roster === undefined || includes(roster.leaving, identity)) return;
    const person = roster.people.find((one) => equalBytes(one.identity, identity));
    if (person === undefined) return;
    this.#put({ ...roster, leaving: [...roster.leaving, person.identity] });
    this.line(identity, { what: "left", people: [person.identity], text: "" });
    // On another device of one's own: this one leaves as well (F-106).
    if (equalBytes(identity, this.#member.profile.row.identity))
      this.#placer.row = { ...this.#placer.row, leaving: true, renew: false, renewLater: false };
  }

  /** Somebody's commit was refused. */
  unlawful({ by, why }: Refused): void {
    this.line(by.identity, { what: "unlawful", people: [], text: why });
  }

  /** Tells what a lawful commit did, and keeps who is in the group. */
  take(commit: GroupCommit): void {
    const [before, after] = [stateOf(commit.before.context), stateOf(commit.after.context)];
    if (before === undefined || after === undefined) return;
    const { row } = this.#placer;
    const people = rosterOf(commit.after, after);
    const left = this.#roster?.leaving ?? [];
    const leaving = left.filter((one) => people.some(({ identity }) => equalBytes(identity, one)));
    this.#put({ people, leaving, week: this.#week(commit) });
    for (const line of linesOf(commit, before, after, left)) this.line(commit.by.identity, line);
    if (row.title !== after.title) this.#placer.row = { ...this.#placer.row, title: after.title };
  }

  /** A commit took somebody out, or a key in (F-114). */
  #week({ before, added, removed, psk }: GroupCommit): WeekState | undefined {
    const was = this.#roster?.week;
    const isHere = ({ credential }: GroupMember): boolean =>
      added.some((one) => equalBytes(one.credential.device, credential.device));
    const gone = removed.some((one) => !isHere(one)) ? before.epoch + 1 : (was?.gone ?? 0);
    const key = psk && decodeWeekId(psk);
    if (key === undefined) return was && { ...was, gone };
    return { drawn: Math.min(key.drawn, before.epoch), atMs: this.#member.clock.nowMs(), gone };
  }

  /** This device was taken out. */
  left(by: DeviceCredential): void {
    const own = this.#member.profile.row.identity;
    if (!this.#placer.row.leaving) this.line(by.identity, { what: "removed", people: [own], text: "" });
  }

  line(by: Uint8Array, line: GroupLine): void {
    const nowMs = this.#member.clock.nowMs();
    const isOwn = equalBytes(by, this.#member.profile.row.identity);
    this.#placer.person({
      kind: "group",
      id: this.#member.random(LINE_ID_BYTES),
      mine: isOwn,
      sender: by.slice(),
      content: encodeGroupLine(line),
      writtenAtMs: nowMs,
      arrivedAtMs: nowMs,
      state: "received",
      code: undefined,
      index: 0,
      entries: 1,
    });
  }
}

/** @param left  those who had said that they leave: that was told when they did */
function linesOf(
  commit: GroupCommit,
  before: GroupState,
  after: GroupState,
  left: readonly Uint8Array[],
): readonly GroupLine[] {
  const deed = deedOf(commit);
  const lines: GroupLine[] = [];
  const add = (what: GroupLine["what"], people: readonly Uint8Array[], text = ""): void => {
    if (people.length > 0 || text !== "")
      lines.push({ what, people: people.map((one) => identityId(one.slice())), text });
  };
  const gone = peopleGone(deed);
  add(usesCounted(before, after) > 0 ? "joined" : "added", peopleCome(deed));
  const put = gone.filter((one) => !includes(left, one));
  add("removed", put);
  const everyone = distinct([...before.owners, ...before.admins, ...after.owners, ...after.admins]);
  for (const one of everyone) {
    const role = roleOf(after, one);
    if (role !== roleOf(before, one) && !includes(gone, one)) add(role, [one]);
  }
  if (before.title !== after.title) add("renamed", [], after.title);
  if (before.membersAdd !== after.membersAdd)
    lines.push({ what: after.membersAdd ? "members-add" : "admins-add", people: [], text: "" });
  const keys = (state: GroupState): readonly Uint8Array[] => state.links.map(({ key }) => key);
  if (keys(after).some((key) => !includes(keys(before), key))) lines.push({ what: "link-made", people: [], text: "" });
  if (keys(before).some((key) => !includes(keys(after), key)))
    lines.push({ what: "link-revoked", people: [], text: "" });
  return lines;
}
