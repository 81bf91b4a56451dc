/* Who is in which room, guessed from a memory image: what stands near each other in memory may belong together. */
import type { Truth } from "./month.ts";
import { namesAsNeedles } from "./rows.ts";
import { type Guess, type Score, scoreOf } from "./scores.ts";

/** How near two ids stand in memory that the guesser takes for one object's. */
const NEAR_BYTES = 512;

/** Collects names as they are found in an image, and guesses. */
export class MemoryGuesser {
  readonly #truth: Truth;
  readonly #needles: ReturnType<typeof namesAsNeedles>;
  readonly #scores = new Map<string, number>();
  /** ids of rooms and of people that stand in the image */
  readonly found: { person: number; room: number } = { person: 0, room: 0 };

  constructor(truth: Truth) {
    this.#truth = truth;
    this.#needles = namesAsNeedles(truth.people, truth.rooms);
  }

  get mostBytes(): number {
    return this.#needles.mostBytes;
  }

  look(piece: Buffer): void {
    const last: { kind: "person" | "room"; which: string; at: number }[] = [];
    this.#needles.scan(piece, ([kind, which], at) => {
      this.found[kind] += 1;
      while ((last[0]?.at ?? at) < at - NEAR_BYTES) last.shift();
      for (const other of last) {
        if (other.kind === kind) continue;
        const [person, room] = kind === "person" ? [which, other.which] : [other.which, which];
        const pair = `${person} ${room}`;
        this.#scores.set(pair, (this.#scores.get(pair) ?? 0) + 1);
      }
      last.push({ kind, which, at });
    });
  }

  score(): Score {
    const { people, rooms } = this.#truth;
    return scoreOf(
      rooms.flatMap(({ log, members }) =>
        people.map(({ person }): Guess => ({
          score: this.#scores.get(`${person} ${Buffer.from(log).toString("hex")}`) ?? 0,
          isTrue: members.includes(person),
        })),
      ),
    );
  }
}
