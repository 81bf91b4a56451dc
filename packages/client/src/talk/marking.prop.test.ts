import { FakeClock } from "@chapar/carrier/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import { conversationId } from "@chapar/wire";
import { textPart } from "@chapar/wire/content";
import { array, assert, asyncProperty, constantFrom, integer, nat, record, shuffledSubarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { newConversation } from "../conversation/book.ts";
import { composeContent, readContent } from "../conversation/letter.ts";
import { type ConversationRow, messageShelf, type MessageRow, whereShelf } from "../conversation/rows.ts";
import type { ToldMark } from "../conversation/told.ts";
import type { Member } from "../core.ts";
import { Events } from "../events.ts";
import { OwnRegister } from "../own/register.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { pollExtension } from "@chapar/wire/talk";
import { MemoryStore } from "../testing/memory-store.ts";
import { Folding } from "./fold.ts";
import { KINDS, markKey } from "./kinds.ts";
import { type MarkEntry, markShelf, talkShelf } from "./mark-rows.ts";
import type { PollView } from "../talk-views.ts";
import { Marking, type Mark } from "./marking.ts";

const crypto = nodeCrypto();
const bytes = (sizeBytes: number, fill: number): Uint8Array => new Uint8Array(sizeBytes).fill(fill);
const AUTHOR = bytes(20, 1);
const OTHER = bytes(20, 2);
const TARGET = Uint8Array.of(1, ...bytes(31, 7));
const ROW = newConversation(conversationId(bytes(20, 9)), {
  peer: AUTHOR as ConversationRow["peer"],
  peerName: "Sara",
  peerHome: undefined,
  state: "open",
  atMs: 0,
  room: undefined,
  joinedEpoch: 1,
  renew: false,
});

const content = (text: string): Uint8Array =>
  composeContent(textPart(text), { random: (n) => bytes(n, 3), writtenAtMs: 1_700_000_000_000 });
const POLL = pollExtension({ multiple: false, options: ["rice", "bread"] });
const asked = composeContent(textPart("Lunch?"), {
  random: (n) => bytes(n, 3),
  writtenAtMs: 1_700_000_000_000,
  others: [POLL],
});
const LINE: MessageRow = {
  kind: "message",
  id: TARGET,
  mine: false,
  sender: AUTHOR,
  content: content("the first version"),
  writtenAtMs: 5,
  arrivedAtMs: 5,
  state: "received",
  code: undefined,
  index: 0,
  entries: 1,
};

/** The parts of a profile that marks touch, over a store in memory. */
async function profile(): Promise<Member> {
  const core = { store: new MemoryStore(), clock: new FakeClock(), sha256: (data: Uint8Array) => crypto.sha256(data) };
  const own = await OwnRegister.load(core, bytes(32, 2));
  const device = { credential: { identity: OTHER, device: bytes(32, 2) } };
  return { ...core, own, device, events: new Events() } as unknown as Member;
}

async function within(member: Member, work: (marking: Marking, draft: Draft) => Promise<void>): Promise<void> {
  const draft = new Draft();
  await work(new Marking(member, draft, ROW), draft);
  await draft.commit(member.store);
}

async function place(member: Member, line: MessageRow = LINE): Promise<void> {
  await within(member, async (marking, draft) => {
    messageShelf.put(draft, concatKey(ROW.id, 0), await marking.meet(line));
    whereShelf.put(draft, TARGET, { conversation: ROW.id, placed: true, at: 0 });
  });
}

/** What is shown in the end. */
async function shown(member: Member): Promise<unknown> {
  const line = await messageShelf.get(member.store, concatKey(ROW.id, 0));
  const view = { text: "the first version", mine: false, state: "received" } as never;
  const read = readContent(line?.content ?? bytes(0, 0));
  const [folded] = await new Folding(member, ROW, (person) => `person ${person[0]}`).fold([
    {
      view,
      id: TARGET,
      sender: AUTHOR,
      content: read?.content,
      saysMore: read?.saysMore ?? false,
      marked: line?.marked ?? "none",
      index: 0,
    },
  ]);
  // Of a letter that comes after its edits only the last of them was kept (C-35).
  if (folded?.edited !== undefined) Object.assign(folded, { edited: folded.edited.atMs });
  const { pins, waiting } = (await talkShelf.get(member.store, ROW.id)) ?? { pins: [], waiting: [] };
  return { folded, pins: pins.length, waiting: waiting.length, isEmpty: line?.content.byteLength === 0 };
}

type Made = readonly [told: ToldMark, mark: Mark];

const idOf = (seq: number): Uint8Array => Uint8Array.of(1, seq >> 8, seq & 0xff, ...bytes(29, 4));

/** A mark by one of two people, with its place in that person's chain. */
const anyMark = record({
  what: constantFrom("edit", "deletion", "reaction", "withdrawal", "pin", "unpin"),
  isAuthor: constantFrom(true, false),
  frontier: nat(6),
  emoji: constantFrom("👍", "❤️", "🎉"),
  of: nat(11),
});

const anyMarks = array(anyMark, { maxLength: 12 }).map((all) =>
  all.map(({ what, isAuthor, frontier, emoji, of }, seq): Made => {
    const target = TARGET;
    const told: Record<typeof what, ToldMark> = {
      edit: { kind: "edit", target },
      deletion: { kind: "deletion", target },
      reaction: { kind: "reaction", target, emoji },
      withdrawal: { kind: "withdrawal", target, reaction: idOf(of) },
      pin: { kind: "pin", target, isPinned: true },
      unpin: { kind: "pin", target, isPinned: false },
    };
    const by = isAuthor ? AUTHOR : OTHER;
    const device = bytes(8, isAuthor ? 1 : 2);
    const body = content(`version ${seq}`);
    const mark = { at: frontier, device, seq, id: idOf(seq), by, atMs: 10 + seq, content: body, index: 10 + seq };
    return [told[what], mark];
  }),
);

describe("marks", () => {
  it("C-34 C-33 leave the same in whatever order they and their target come", async () => {
    const twice = anyMarks.chain((marks) =>
      record({
        marks: shuffledSubarray(marks, { minLength: marks.length }),
        again: shuffledSubarray(marks, { minLength: marks.length }),
        targetAt: integer({ min: 0, max: marks.length }),
        targetAgain: integer({ min: 0, max: marks.length }),
      }),
    );
    await assert(
      asyncProperty(twice, async ({ marks, again, targetAt, targetAgain }) => {
        const results: unknown[] = [];
        for (const [order, at] of [
          [marks, targetAt],
          [again, targetAgain],
        ] as const) {
          const member = await profile();
          for (const [index, [told, mark]] of order.entries()) {
            if (index === at) await place(member);
            await within(member, (marking) => marking.take(told, mark));
          }
          if (at === order.length) await place(member);
          results.push(await shown(member));
        }
        expect(results[1]).toEqual(results[0]);
      }),
      { numRuns: 300 },
    );
  });

  it("C-34 an own mark holds at once, and takes its place in the order when it stands in the log", async () => {
    const member = await profile();
    await place(member);
    const pin = (isPinned: boolean): ToldMark => ({ kind: "pin", target: TARGET, isPinned });
    const of = { id: idOf(1), atMs: 1, content: bytes(0, 0), index: 9 };
    const mine = { ...of, at: Number.MAX_SAFE_INTEGER, device: bytes(8, 2), seq: 0, by: OTHER };
    await within(member, (marking) => marking.take(pin(true), mine));
    const theirs = {
      at: 5,
      device: bytes(8, 1),
      seq: 3,
      id: idOf(2),
      by: AUTHOR,
      atMs: 2,
      content: bytes(0, 0),
      index: 9,
    };
    await within(member, (marking) => marking.take(pin(false), theirs));
    expect(await shown(member)).toMatchObject({ pins: 1, folded: { pinned: {} } });
    await within(member, (marking) => marking.take(pin(true), { ...mine, at: 4, seq: 0 }));
    const after = (await shown(member)) as { pins: number; folded: { pinned?: unknown } };
    expect([after.pins, after.folded.pinned]).toEqual([0, undefined]);
  });

  it("C-34 C-36 an own reaction that has its place gives way to what another own device did after it", async () => {
    const member = await profile();
    await place(member);
    const mark = (seq: number, at: number, device: number): Mark => ({
      at,
      device: bytes(8, device),
      seq,
      id: idOf(seq),
      by: OTHER,
      atMs: 1,
      content: bytes(0, 0),
      index: at,
    });
    const react: ToldMark = { kind: "reaction", target: TARGET, emoji: "👍" };
    await within(member, (marking) => marking.take(react, mark(1, Number.MAX_SAFE_INTEGER, 2)));
    expect(await shown(member)).toMatchObject({ folded: { reactions: [{ emoji: "👍", mine: true }] } });
    await within(member, (marking) => marking.take(react, mark(1, 4, 2)));
    await within(member, (marking) => marking.take(react, mark(2, 9, 3)));
    await within(member, (marking) =>
      marking.take({ kind: "withdrawal", target: TARGET, reaction: idOf(2) }, mark(3, 10, 3)),
    );
    expect(((await shown(member)) as { folded: { reactions?: unknown } }).folded.reactions).toBeUndefined();
  });

  it("C-35 10,000 reactions of one person, and marks of 1,000 unknown letters, stay within their bounds", async () => {
    const member = await profile();
    await place(member);
    const mark = (seq: number): Mark => ({
      at: seq,
      device: bytes(8, 1),
      seq,
      id: Uint8Array.of(1, seq >> 16, (seq >> 8) & 0xff, seq & 0xff, ...bytes(28, 4)),
      by: AUTHOR,
      atMs: seq,
      content: content(`version ${seq}`),
      index: seq,
    });
    const emoji = (seq: number): string => String.fromCodePoint(0x1f400 + (seq % 60));
    for (let from = 0; from < 10_000; from += 500) {
      await within(member, async (marking) => {
        for (let seq = from; seq < from + 500; seq++)
          await marking.take({ kind: "reaction", target: TARGET, emoji: emoji(seq) }, mark(seq));
      });
    }
    const entries = await markShelf.get(member.store, markKey(TARGET, KINDS.reaction));
    expect(entries).toHaveLength(32);
    const { folded } = (await shown(member)) as { folded: { reactions: readonly unknown[] } };
    expect(folded.reactions).toHaveLength(8);
    for (let seq = 0; seq < 1_000; seq++) {
      const target = Uint8Array.of(1, seq >> 8, seq & 0xff, ...bytes(29, 8));
      await within(member, async (marking) => {
        for (let more = 0; more < 3; more++) await marking.take({ kind: "edit", target }, mark(seq * 4 + more));
      });
    }
    expect((await talkShelf.get(member.store, ROW.id))?.waiting).toHaveLength(128);
    const rows = await markShelf.range(member.store, {});
    expect(rows).toHaveLength(129);
    const kept = rows.flatMap(({ value }): readonly MarkEntry[] => value).filter(({ body }) => body.byteLength > 30);
    expect(kept).toHaveLength(128);
  });

  it("C-31 of a letter that is edited without end the newest versions are kept", async () => {
    const member = await profile();
    await place(member);
    for (let seq = 0; seq < 40; seq++) {
      const mark = {
        at: seq,
        device: bytes(8, 1),
        seq,
        id: idOf(seq),
        by: AUTHOR,
        atMs: seq,
        content: content("x".repeat(9_000) + seq),
        index: seq,
      };
      await within(member, (marking) => marking.take({ kind: "edit", target: TARGET }, mark));
    }
    const entries = (await markShelf.get(member.store, markKey(TARGET, KINDS.edit))) ?? [];
    expect(entries.map(({ seq }) => seq)).toEqual([39, 38, 37, 36, 35, 34, 33, 32]);
  });

  it("C-71 C-72 C-73 a poll counts the same in whatever order votes, closing and the poll come", async () => {
    const anyVote = record({
      what: constantFrom("first", "second", "none", "wrong", "closing"),
      isAuthor: constantFrom(true, false),
      frontier: nat(6),
    });
    // At most as many votes of each as are kept, whoever reads them out of order.
    const votes = array(anyVote, { maxLength: 4 }).map((all) =>
      all.map(({ what, isAuthor, frontier }, seq): Made => {
        const choices = { first: [0], second: [1], none: [], wrong: [7], closing: [] }[what];
        const told: ToldMark =
          what === "closing" ? { kind: "closing", target: TARGET } : { kind: "vote", target: TARGET, choices };
        const by = isAuthor ? AUTHOR : OTHER;
        const of = { id: idOf(seq), by, atMs: seq, content: bytes(0, 0), device: bytes(8, 1), seq };
        return [told, { ...of, at: frontier, index: 10 + seq }];
      }),
    );
    const line = { ...LINE, content: asked };
    const twice = votes.chain((all) =>
      record({ all: shuffledSubarray(all, { minLength: all.length }), at: integer({ min: 0, max: all.length }) }).map(
        (shuffled) => ({ inOrder: all, ...shuffled }),
      ),
    );
    await assert(
      asyncProperty(twice, async ({ inOrder, all, at }) => {
        const results: unknown[] = [];
        for (const [order, target] of [
          [inOrder, 0],
          [all, at],
        ] as const) {
          const member = await profile();
          for (const [index, [told, mark]] of order.entries()) {
            if (index === target) await place(member, line);
            await within(member, (marking) => marking.take(told, mark));
          }
          if (target === order.length) await place(member, line);
          results.push(await shown(member));
        }
        expect(results[1]).toEqual(results[0]);
        const closing = inOrder.findIndex(([told, { by }]) => told.kind === "closing" && by === AUTHOR);
        const valid = closing === -1 ? inOrder : inOrder.slice(0, closing);
        const lastOf = (who: Uint8Array): ToldMark | undefined =>
          valid.findLast(([told, { by }]) => told.kind === "vote" && by === who)?.[0];
        const lasts = [AUTHOR, OTHER].map(lastOf);
        const countOf = (choice: number): number =>
          lasts.filter((told) => told?.kind === "vote" && told.choices[0] === choice).length;
        const { folded } = results[0] as { folded: { poll: PollView } };
        expect(folded.poll.options.map(({ count }) => count)).toEqual([countOf(0), countOf(1)]);
        expect(folded.poll.voters).toBe(countOf(0) + countOf(1));
        expect(folded.poll.closed === undefined).toBe(closing === -1);
      }),
      { numRuns: 300 },
    );
  });

  it("C-72 10,000 votes of one person are one, and votes of 3,000 people stay within their bounds", async () => {
    const member = await profile();
    await place(member, { ...LINE, content: asked });
    const vote = (seq: number, by: Uint8Array): Made => [
      { kind: "vote", target: TARGET, choices: [seq % 2] },
      { at: 0, index: seq, device: bytes(8, 1), seq, id: idOf(seq), by, atMs: seq, content: bytes(0, 0) },
    ];
    for (let from = 0; from < 10_000; from += 500) {
      await within(member, async (marking) => {
        for (let seq = from; seq < from + 500; seq++) await marking.take(...vote(seq, OTHER));
      });
    }
    expect(await markShelf.get(member.store, markKey(TARGET, KINDS.vote))).toHaveLength(4);
    expect(await shown(member)).toMatchObject({
      folded: { poll: { voters: 1, options: [{ count: 0 }, { count: 1 }] } },
    });
    let held: readonly MarkEntry[] = [];
    for (let seq = 0; seq < 2_060; seq++) {
      const [told, mark] = vote(seq, Uint8Array.of(seq >> 8, seq & 0xff, ...bytes(18, 5)));
      held = KINDS.vote.join(held, told, { ...mark, at: seq, body: bytes(0, 0), gone: false }, true);
    }
    expect(held).toHaveLength(2_048);
  });
});
