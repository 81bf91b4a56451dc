/*
 * The kinds of marks. Each is a set of entries that grows by joining: `join` gives the same set in whatever order marks come
 * (C-34), and keeps it bounded (C-35). A new kind is a row of this table.
 */
import { equalBytes, toBase64Url, utf8 } from "@chapar/wire/bytes";
import type { ToldMark } from "../conversation/told.ts";
import { compareOrders, type MarkEntry, PENDING } from "./mark-rows.ts";

/** Versions of a message that are kept, and the bytes that older ones may take together (C-31). */
const VERSIONS = 16;
const VERSION_BYTES = 65_536;
/** Reactions of one person on a message, and of all people together (C-35). */
const REACTIONS_OF_ONE = 32;
const REACTIONS = 2_048;
/** Deletions that are kept of a message whose writer is not known yet. */
const DELETIONS = 8;
/** People whose votes on a poll are kept, and votes of each that stand in the log (C-72). */
const VOTERS = 2_048;
const VOTES_OF_ONE = 4;
const NOTHING = new Uint8Array(0);

/** Who may make a mark. */
export type MayMark = "author" | "author-or-moderator" | "anyone";

/** A kind of mark. */
export interface MarkKind {
  /** last byte of the key in the table `mark` */
  readonly number: number;
  readonly may: MayMark;
  /** Joins a mark. @param isJudged  the target is here, so that only those are joined who may */
  join(held: readonly MarkEntry[], told: ToldMark, mark: MarkEntry, isJudged: boolean): readonly MarkEntry[];
}

const newestFirst = (entries: readonly MarkEntry[]): MarkEntry[] => entries.toSorted((a, b) => compareOrders(b, a));

/** The same letter comes twice when it is one's own: when it is queued, and when it stands in the log. */
const without = (held: readonly MarkEntry[], { id }: MarkEntry): MarkEntry[] =>
  held.filter((one) => !equalBytes(one.id, id));

const edit: MarkKind = {
  number: 1,
  may: "author",
  join: (held, _, mark, isJudged) => {
    const all = newestFirst([...without(held, mark), mark]);
    // Of a letter that is not here anyone may say anything, so only the last word of each is kept.
    if (!isJudged) return all.filter((one, at) => !all.slice(0, at).some(({ by }) => equalBytes(by, one.by)));
    let left = VERSION_BYTES;
    return all.slice(0, VERSIONS).filter(({ body }, at) => at === 0 || (left -= body.byteLength) >= 0);
  },
};

const deletion: MarkKind = {
  number: 2,
  may: "author-or-moderator",
  join: (held, _, mark) => newestFirst([...without(held, mark), { ...mark, body: NOTHING }]).slice(0, DELETIONS),
};

/** The later order of two halves of one reaction; one that is not in the log yet says nothing. */
function later(a: MarkEntry, b: MarkEntry): MarkEntry {
  if (a.at === PENDING) return b;
  return b.at === PENDING || compareOrders(a, b) > 0 ? a : b;
}

function joinReaction(held: readonly MarkEntry[], half: MarkEntry): readonly MarkEntry[] {
  const other = held.find((one) => equalBytes(one.id, half.id) && equalBytes(one.by, half.by));
  const { at, device, seq } = other === undefined ? half : later(half, other);
  const whole: MarkEntry = {
    ...half,
    at,
    device,
    seq,
    body: half.body.byteLength > 0 ? half.body : (other?.body ?? NOTHING),
    gone: half.gone || other?.gone === true,
  };
  const all = newestFirst([...held.filter((one) => one !== other), whole]);
  let ofOne = 0;
  return all.filter(({ by }) => !equalBytes(by, half.by) || ++ofOne <= REACTIONS_OF_ONE).slice(0, REACTIONS);
}

const reaction: MarkKind = {
  number: 3,
  may: "anyone",
  join: (held, told, mark) => {
    if (told.kind === "withdrawal")
      return joinReaction(held, { ...mark, id: told.reaction.slice(), body: NOTHING, gone: true });
    return joinReaction(held, { ...mark, body: told.kind === "reaction" ? utf8(told.emoji) : NOTHING });
  },
};

const pin: MarkKind = {
  number: 4,
  may: "anyone",
  join: (held, told, mark) => {
    const gone = told.kind === "pin" && !told.isPinned;
    const all = newestFirst([...without(held, mark), { ...mark, body: NOTHING, gone }]);
    // One that is not in the log yet may turn out to stand before the newest that is.
    const settled = all.find(({ at }) => at !== PENDING);
    return all.filter((one) => one.at === PENDING || one === settled);
  },
};

/** Of each person the newest votes, and of the own one that which has no place yet. Their order is the log's (C-71). */
const vote: MarkKind = {
  number: 5,
  may: "anyone",
  join: (held, told, mark) => {
    const body = told.kind === "vote" ? Uint8Array.from(told.choices) : NOTHING;
    const all = newestFirst([...without(held, mark), { ...mark, body }]);
    const kept = new Map<string, number>();
    return all.filter(({ by, at }, index) => {
      if (at === PENDING) return !all.slice(0, index).some((one) => one.at === PENDING && equalBytes(one.by, by));
      const name = toBase64Url(by);
      const count = (kept.get(name) ?? 0) + 1;
      kept.set(name, count);
      return count <= VOTES_OF_ONE && kept.size <= VOTERS;
    });
  },
};

/** Of each who says that the poll is closed the first time; who may is judged with the poll. */
const closing: MarkKind = {
  number: 6,
  may: "author",
  join: (held, _, mark) => {
    const all = newestFirst([...without(held, mark), { ...mark, body: NOTHING }]).toReversed();
    return all.filter((one, at) => !all.slice(0, at).some(({ by }) => equalBytes(by, one.by))).slice(0, VOTERS);
  },
};

/** Every kind, by what a letter tells. */
export const KINDS: Readonly<Record<ToldMark["kind"], MarkKind>> = {
  edit,
  deletion,
  reaction,
  withdrawal: reaction,
  pin,
  vote,
  closing,
};

/** Key of a kind's row of a message. */
export function markKey(target: Uint8Array, { number }: MarkKind): Uint8Array {
  const key = new Uint8Array(target.byteLength + 1);
  key.set(target);
  key[target.byteLength] = number;
  return key;
}
