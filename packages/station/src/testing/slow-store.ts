/*
 * A store whose every call takes as long as a test's dice say, and which can be killed: then what was being written is on disk or is
 * not, and nobody who waited ever hears of it. What was committed lies in the store below, for the next life. For tests of what
 * must hold in every order of things.
 */
import type { Store, Write } from "../store/port.ts";
import { GroupCommit } from "../store/group-commit.ts";

/** Numbers from 0 up to below a bound. */
export type Dice = (bound: number) => number;

const NEVER = new Promise<never>(() => undefined);
const MAX_TURNS = 10;

/** A way to a store below that takes time and may end at any instant. */
export class SlowStore {
  readonly store: Store;
  readonly #dice: Dice;
  #isDead = false;

  constructor(below: Store, dice: Dice) {
    this.#dice = dice;
    const group = new GroupCommit<Write>(async (writes) => {
      await this.#pass();
      await below.commit(writes);
      await this.#pass();
    });
    const slow = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (_, name) => {
          if (name === "ledger") return slow(below.ledger);
          if (name === "commit") return async (writes: readonly Write[]) => await group.commit(writes);
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== "function") return member;
          return async (...args: unknown[]): Promise<unknown> => {
            await this.#pass();
            const answer: unknown = await Reflect.apply(member, target, args);
            await this.#pass();
            return answer;
          };
        },
      });
    this.store = slow(below);
  }

  /** Lets some others go first; whoever comes after the kill waits for ever. */
  async #pass(): Promise<void> {
    for (let turns = this.#dice(MAX_TURNS); turns > 0; turns--) await Promise.resolve();
    if (this.#isDead) await NEVER;
  }

  /** From now on nothing is written any more, and nothing answers. */
  kill(): void {
    this.#isDead = true;
  }
}
