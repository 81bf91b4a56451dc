/*
 * Who comes by a link into a channel that this person leads (H-10, H-11): heard and kept until they are answered (answering.ts), many at once, so that
 * thousands who asked while nobody was there do not cost a wait for the disk and for the home each (H-24).
 */
import { type ConversationId, idText, isWireError } from "@chapar/wire";
import { concatBytes, equalBytes, toHex } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { Answering, type Asker, find, judge } from "./answering.ts";
import { leadingOf, type Leading } from "./leading.ts";
import { channelLinks } from "./led.ts";
import { asksOf, type ChannelKnockRow, channelKnockShelf, KNOWN } from "./rows.ts";

/** Asks of a channel that wait at a time, for the person's word and for an answer each. */
const MOST_KEPT = 256;
/** Asks that are answered beside each other. */
const AT_ONCE = 32;
/** After a refusal that names no time. */
const RATE_WAIT_MS = 5_000;
const NOTHING = new Uint8Array(0);
/** A link that ends is noticed by whatever is asked over it next. */
const NEVER = new AbortController().signal;

/** An ask that waits. */
interface WaitingAsk {
  readonly key: Uint8Array;
  readonly value: ChannelKnockRow;
}

/** What came of a try. `later`: it waits for the person, or for the period; `slow`: the home took no more */
type Outcome = "done" | "later" | "slow";

/** Before the keys of asks of one person that wait: behind the channel a hash, for who asks is nobody's to read from a key. */
export function asksBy({ sha256 }: Pick<Member, "sha256">, channel: Uint8Array, identity: Uint8Array): Uint8Array {
  return concatBytes(asksOf(channel), sha256(concatBytes(channel, identity)));
}

/** Lets people in. */
export class LettingIn {
  readonly #member: Member;
  readonly #answering: Answering;
  readonly #waiting = new Map<string, Map<string, boolean>>();

  /** @param isEnding  whether a period is ending, in which nobody comes in */
  constructor(member: Member, tools: SessionTools, isEnding: (leading: Leading) => boolean) {
    this.#member = member;
    this.#answering = new Answering(member, tools, isEnding);
  }

  /** Hears an ask within a transaction: kept until it is answered. @returns the channel; `full` when others are to be answered before */
  async hear(draft: Draft, frame: Uint8Array): Promise<ConversationId | "full" | undefined> {
    const { store, clock, events, sha256 } = this.#member;
    const found = await find(this.#member, frame);
    const known = concatBytes(KNOWN, sha256(frame));
    if (found === undefined || (await channelKnockShelf.now(draft, store, known)) !== undefined) return undefined;
    const { id, ask, link } = found;
    // Each device of a person asks for itself.
    const key = concatBytes(asksBy(this.#member, id, ask.identity), sha256(ask.device));
    const waiting = await this.#waitingOf(id);
    const isForPerson = link.approval && !ask.leaves;
    const before = [...waiting].filter(([name, waits]) => name !== toHex(key) && waits === isForPerson);
    if (before.length >= MOST_KEPT) return isForPerson ? undefined : "full";
    const { identity, name } = ask;
    const row = { frame, atMs: clock.nowMs(), identity, name, link: link.id, state: "open" } as const;
    channelKnockShelf.put(draft, key, row);
    channelKnockShelf.put(draft, known, { ...row, frame: NOTHING, name: "", state: "away" });
    // Others of the transaction are counted with it.
    waiting.set(toHex(key), isForPerson);
    draft.after(() => events.emit({ type: "conversation", conversation: idText(id) }));
    return id;
  }

  /** What was heard was not written: who waits is read from the store again. */
  unheard(): void {
    this.#waiting.clear();
  }

  /** Asks of a channel that wait, and whether for the person's word. */
  async #waitingOf(id: ConversationId): Promise<Map<string, boolean>> {
    const held = this.#waiting.get(idText(id));
    if (held !== undefined) return held;
    const links = new Map(channelLinks(this.#member, id).map((link) => [link.id, link.approval]));
    const rows = await channelKnockShelf.range(this.#member.store, { prefix: asksOf(id) });
    const made = new Map(rows.map(({ key, value }) => [toHex(key), links.get(value.link) ?? false]));
    this.#waiting.set(idText(id), made);
    return made;
  }

  /** Whether every ask is answered that can be without the person. */
  async isDone(id: ConversationId): Promise<boolean> {
    const rows = await channelKnockShelf.range(this.#member.store, { prefix: asksOf(id) });
    const leading = rows.length === 0 ? undefined : await leadingOf(this.#member, id);
    if (leading === undefined) return true;
    for (const { value } of rows) {
      const found = await find(this.#member, value.frame);
      if (found !== undefined && judge(this.#member, leading, found, value.state) !== "later") return false;
    }
    return true;
  }

  /** Answers every ask of a channel that can be answered. @returns whether any was. @throws what could not be had now */
  async run(on: StationLink, id: ConversationId): Promise<boolean> {
    const asks = await channelKnockShelf.range(this.#member.store, { prefix: asksOf(id) });
    let isAnswered = false;
    for (let at = 0; at < asks.length; at += AT_ONCE) {
      if (!(await this.#answering.canAnswer(id))) return isAnswered;
      const some = asks.slice(at, at + AT_ONCE);
      const outcomes = await this.#together(on, id, some);
      const done = some.filter((_, place) => outcomes[place] === "done");
      await this.#forget(id, done);
      isAnswered ||= done.length > 0;
      for (const [place, ask] of some.entries()) {
        if (outcomes[place] !== "slow") continue;
        await this.#slowly(on, id, ask);
        isAnswered = true;
      }
    }
    return isAnswered;
  }

  /** Answers several: what is asked and written for all of them is on its way at the same time. */
  async #together(on: StationLink, id: ConversationId, asks: readonly WaitingAsk[]): Promise<readonly Outcome[]> {
    const askers = await Promise.all(
      asks.map(async ({ value }) =>
        this.#outcome(on, async () => (await this.#answering.ask(on, id, value)) ?? "done"),
      ),
    );
    return Promise.all(askers.map(async (asker) => (typeof asker === "string" ? asker : this.#answer(on, id, asker))));
  }

  async #answer(on: StationLink, id: ConversationId, asker: Asker): Promise<Outcome> {
    return this.#outcome(on, async () => ((await this.#answering.answer(on, id, asker)) ? "done" : "later"));
  }

  async #outcome<T>(on: StationLink, work: () => Promise<T>): Promise<T | Outcome> {
    try {
      return await work();
    } catch (error) {
      if (on.isEnded) throw error;
      // A stranger may name a station that nobody reaches: they ask again.
      this.#member.failed(error);
      return isWireError(error, "station/rate-limited") ? "slow" : "done";
    }
  }

  /** Answers one that the home did not take with the others, however long it lets it wait. */
  async #slowly(on: StationLink, id: ConversationId, ask: WaitingAsk): Promise<void> {
    for (;;) {
      try {
        const asker = await this.#answering.ask(on, id, ask.value);
        if (asker !== undefined && !(await this.#answering.answer(on, id, asker))) return;
        return await this.#forget(id, [ask]);
      } catch (error) {
        if (on.isEnded) throw error;
        this.#member.failed(error);
        if (!isWireError(error, "station/rate-limited")) return this.#forget(id, [ask]);
        await this.#member.clock.sleep(error.detail ?? RATE_WAIT_MS, NEVER);
      }
    }
  }

  async #forget(id: ConversationId, asks: readonly WaitingAsk[]): Promise<void> {
    const { store, events } = this.#member;
    const waiting = await this.#waitingOf(id);
    const draft = new Draft();
    for (const { key, value } of asks) {
      const now = await channelKnockShelf.get(store, key);
      // They asked once more meanwhile: that one is answered next.
      if (now === undefined || !equalBytes(now.frame, value.frame)) continue;
      channelKnockShelf.remove(draft, key);
      draft.after(() => waiting.delete(toHex(key)));
    }
    if (asks.length > 0) draft.after(() => events.emit({ type: "conversation", conversation: idText(id) }));
    await draft.commit(store);
  }
}
