/* Counts what goes of somebody who leaves, and what is kept of it, class by class. */
import { LEFT_CLASSES, type LeftAmount, type LeftClass } from "@chapar/evidence";

const NOTHING: LeftAmount = { objects: 0, bytes: 0, keptObjects: 0, keptBytes: 0, untilMs: 0 };

/** The counts of one leaving; of several orders together. */
export class LeftTally {
  /** nothing was counted yet */
  isNew = true;
  /** what is being removed; all of it is done before anything is said */
  readonly work: Promise<unknown>[] = [];
  readonly #amounts = new Map<LeftClass, LeftAmount>();

  #of(one: LeftClass): LeftAmount {
    return this.#amounts.get(one) ?? NOTHING;
  }

  gone(of: LeftClass, objects: number, bytes: number): void {
    const held = this.#of(of);
    this.#amounts.set(of, { ...held, objects: held.objects + objects, bytes: held.bytes + bytes });
  }

  /** @param untilMs  the day on which it goes; of several the last one is said */
  kept(of: LeftClass, objects: number, bytes: number, untilMs: number): void {
    const held = this.#of(of);
    const [keptObjects, keptBytes] = [held.keptObjects + objects, held.keptBytes + bytes];
    const lastMs = keptObjects === 0 ? held.untilMs : Math.max(held.untilMs, untilMs);
    this.#amounts.set(of, { ...held, keptObjects, keptBytes, untilMs: lastMs });
  }

  amounts(): Readonly<Record<LeftClass, LeftAmount>> {
    // Every class has its row.
    return Object.fromEntries(LEFT_CLASSES.map((one) => [one, this.#of(one)])) as Record<LeftClass, LeftAmount>;
  }
}
