/*
 * What the own devices do over links to the home: ops that wait for it, the room among them, leaves of each conversation, the register, and
 * history. Every piece reads what is left to do from the store.
 */
import { type ConversationId, idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { type ConversationRow, isRefused } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import { GROUPS_PART } from "../groups/part-name.ts";
import type { StationLink } from "../link/station-link.ts";
import type { MakeSessionPart, SessionPart, SessionTools } from "../session/part.ts";
import type { Draft } from "../store/shelf.ts";
import { askToBeLetIn, askUnderOlder, awaitLeaf } from "./asking-in.ts";
import { fetchHistory, historyOutShelf, oweHistory, tellHistory } from "./history.ts";
import { Leaves } from "./leaves.ts";
import { isOfDevice, markSeen } from "./names.ts";
import { historyInShelf } from "./own-letters.ts";
import { ownState, settleOwnOps } from "./own-ops.ts";
import { beginOwnRoom, isOwnRoom, ownRoom, tellOwn } from "./own-room.ts";
import { DEVICES_PART } from "./part-name.ts";
import { tellEverydayKey } from "./revoking.ts";
import { hasUntold, tellAll, tellEntries } from "./telling-own.ts";

/** Entries that are written one after another leave together. */
const GATHER_MS = 1_000;
const ONE_HOUR_MS = 3_600_000;
/** How long a missing commit is asked for before a new leaf is. */
const STUCK_FOR_MS = 30_000;
/** How often a new device is looked for, and for how long after it was added. */
const SOON_MS = 3_000;
const SOON_FOR_MS = 300_000;
/** How long a new device leaves the own room to the eldest. */
const ELDEST_LIMIT_MS = 600_000;
/** Under secrets of so many epochs back it is asked once more, and after how long. */
const OLDER = [1, 2];
const OLDER_AFTER_MS = 30_000;

class DevicesPart implements SessionPart {
  readonly name = DEVICES_PART;
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #leaves: Leaves;
  /** since when rooms cannot be read on */
  readonly #stuckSince = new Map<string, number>();
  /** conversations whose history came before they did */
  readonly #early = new Set<string>();
  #life = new AbortController();
  #linked = new AbortController();
  #isLinked = false;
  /** until when a new device is looked for often */
  #soonUntilMs = 0;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#leaves = new Leaves(member, tools, {
      handed: (draft, row, devices, placed) => {
        if (isOwnRoom(member, row)) tellAll(draft);
        else oweHistory(draft, row, devices, placed);
        draft.after(() => this.#spread());
      },
      waits: (row) => tools.kick(row),
    });
    member.own.subscribe(({ key }, from) => {
      if (isOfDevice(key)) member.events.emit({ type: "devices" });
      if (from === "here") this.#spread();
    });
  }

  begin(): void {
    this.#isLinked = true;
    this.#linked = new AbortController();
    this.#again();
  }

  #again(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#look();
    void this.#beat(this.#life.signal);
  }

  end(): void {
    this.#isLinked = false;
    this.#linked.abort();
    this.#life.abort();
  }

  wake(): void {
    this.#soonUntilMs = this.#member.clock.nowMs() + SOON_FOR_MS;
    if (this.#isLinked) this.#again();
  }

  moved(row: ConversationRow): void {
    this.#tools.run(`leaves ${idText(row.id)}`, (link) => this.#leaves.run(link, row));
    if (isOwnRoom(this.#member, row)) this.#spread();
    if (this.#early.has(idText(row.id))) this.#tell();
    // A device was added whose chain was told in a letter that is gone.
    if (row.stopped && row.fault === "e2e/bad-credential") this.#awaitLeaf(row);
    if (isRefused(row) || row.state === "closed" || row.fault === "client/awaits-key")
      this.#tools.run("asking in", (link) => this.#askIn(link));
    // A leaf was taken out whose device is live: another took its place, and its welcome was of no use.
    if (row.state === "closed" && row.kind === "direct")
      this.#tools.run(`closed ${idText(row.id)}`, () => this.#closed(row));
  }

  async #closed(row: ConversationRow): Promise<void> {
    const { device } = this.#member.device.credential;
    const { devices } = await ownState(this.#member);
    if (devices.some((live) => equalBytes(live.device, device))) this.#awaitLeaf(row);
  }

  async #askIn(link: StationLink): Promise<void> {
    const asked = await askToBeLetIn(this.#member, link);
    if (asked.length > 0) void this.#askOlder(asked, this.#linked.signal);
  }

  async #askOlder(asked: readonly ConversationId[], signal: AbortSignal): Promise<void> {
    for (const back of OLDER) {
      await this.#member.clock.sleep(OLDER_AFTER_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#tools.run("asking under older", (link) => askUnderOlder(this.#member, link, asked, back));
    }
  }

  #awaitLeaf(row: ConversationRow): void {
    this.#tools.run(`await ${idText(row.id)}`, async (link) => {
      await awaitLeaf(this.#member, row);
      await this.#askIn(link);
    });
  }

  /** A commit that stays missing is of an epoch that this device was away for: it has itself let in anew (D-15). */
  stuck(row: ConversationRow): void {
    const name = idText(row.id);
    const nowMs = this.#member.clock.nowMs();
    const sinceMs = this.#stuckSince.get(name) ?? nowMs;
    this.#stuckSince.set(name, sinceMs);
    if (nowMs - sinceMs < STUCK_FOR_MS) return;
    this.#awaitLeaf(row);
  }

  async isSettled(): Promise<boolean> {
    const { store } = this.#member;
    for (const row of this.#member.book.all()) if (await this.#leaves.isLeft(row)) return false;
    const room = ownRoom(this.#member);
    if (room === undefined || room.state !== "open") return true;
    if (await hasUntold(this.#member)) return false;
    const waiting = await Promise.all([
      historyOutShelf.range(store, { limit: 1 }),
      historyInShelf.range(store, { limit: 1 }),
    ]);
    return waiting.every(({ length }) => length === 0);
  }

  /** Everything is looked at again: often while a new device may be on its way, which has no keys to be taken in with before it comes. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { clock } = this.#member;
    while (!signal.aborted) {
      const isSoon = clock.nowMs() < this.#soonUntilMs;
      // Only the end of the link aborts the wait, and the loop asks for that itself.
      await clock.sleep(isSoon ? SOON_MS : ONE_HOUR_MS, signal).catch(() => undefined);
      if (!signal.aborted) this.#look();
    }
  }

  #look(): void {
    this.#tools.run("own devices", (link) => this.#settle(link));
    this.#tools.run("backup", async (link) => (await import("./daily.ts")).keepBackedUp(this.#member, link));
  }

  async #settle(link: StationLink): Promise<void> {
    const member = this.#member;
    await settleOwnOps(member, link).catch((error: unknown) => {
      if (!isClientError(error, "client/other-device-first")) throw error;
      member.failed(error);
    });
    await markSeen(member);
    await this.#askIn(link);
    if (ownRoom(member) === undefined && (await this.#begins())) this.#tools.open(await beginOwnRoom(member));
    for (const row of member.book.all()) this.moved(row);
    this.#tools.wake(GROUPS_PART);
    await this.#everydayKey();
  }

  /** Whether the own room is this device's to begin: the eldest does at once, so that there are not two of it; others when it stays away. */
  async #begins(): Promise<boolean> {
    const { clock, device } = this.#member;
    const { devices, ops } = await ownState(this.#member);
    const [eldest] = devices.toSorted((a, b) => a.addedSeq - b.addedSeq);
    const own = devices.find((live) => equalBytes(live.device, device.credential.device));
    if (devices.length < 2 || eldest === undefined || own === undefined) return false;
    const addedMs = ops[own.addedSeq]?.op.timeMs ?? 0;
    return equalBytes(eldest.device, own.device) || clock.nowMs() - addedMs > ELDEST_LIMIT_MS;
  }

  async #everydayKey(): Promise<void> {
    const room = ownRoom(this.#member);
    if ((await tellEverydayKey(this.#member)) && room !== undefined) this.#tools.kick(room);
  }

  #spread(): void {
    if (!this.#isLinked) return;
    this.#tools.run("own register", async () => {
      if (ownRoom(this.#member) === undefined || !(await hasUntold(this.#member))) return;
      // Only the end of the link aborts the wait; the next one tells.
      await this.#member.clock.sleep(GATHER_MS, this.#life.signal).catch(() => undefined);
      const row = await tellEntries(this.#member);
      if (row !== undefined) this.#tools.kick(row);
    });
    this.#tools.run("everyday key", () => this.#everydayKey());
    this.#tell();
  }

  #tell(): void {
    this.#tools.run("history", (link) => this.#history(link));
  }

  async #history(link: StationLink): Promise<void> {
    await fetchHistory(this.#member, link, this.#early);
    for (let isMore = true; isMore;) {
      isMore = await tellHistory(this.#member, link, async (fill) => {
        const row = await tellOwn(this.#member, (draft: Draft) => [{ kind: "history", file: fill(draft) }]);
        if (row !== undefined) this.#tools.kick(row);
        return row !== undefined;
      });
    }
  }
}

/** Own devices over links to the home. */
export const devicesPart: MakeSessionPart = (member, tools) => new DevicesPart(member, tools);
