/*
 * Parts of the engine's interface (`client.ways`, …): each is a set of calls in an API file of its own, declared once as a
 * table. From the table follow the part whose code is brought by its first call, and the part that another process holds.
 */

/** How a call may be treated when the process that answers it changes. */
export interface CallTraits {
  /** calling it twice is the same as calling it once */
  readonly repeatable: boolean;
  /** it only waits, so leaving may end it at any moment; its last argument is an object with a `signal` */
  readonly waits: boolean;
}

/** A call that reads, or that means the same when made twice. */
export const ANSWERS: CallTraits = { repeatable: true, waits: false };
/** A call that waits for something outside of the engine. */
export const WAITS: CallTraits = { repeatable: true, waits: true };
/** A call that must not be made twice. */
export const CHANGES: CallTraits = { repeatable: false, waits: false };

/** Every call of a part; a call that the interface gains is missed by the compiler in its table. */
export type CallTable<Part> = { readonly [Name in keyof Part & string]: CallTraits };

/** Makes a call of a part. */
export type MakeCall = (name: string, parameters: readonly unknown[]) => Promise<unknown>;

/** A part whose calls are all made by one function. */
export function partOver<Part extends object>(table: CallTable<Part>, call: MakeCall): Part {
  const calls = Object.keys(table).map((name) => [name, async (...given: readonly unknown[]) => call(name, given)]);
  // The table has a name for every call of the part, and each call answers what the other side's call of that name does.
  return Object.fromEntries(calls) as Part;
}

/**
 * A part whose code is brought by its first call, so that a first visit does not wait for it; its names are not needed until then.
 *
 * @param bring  imports the code and builds the part; a failure is tried again by the next call
 */
export function deferredPart<Part extends object>(bring: () => Promise<Part>): Part {
  let brought: Promise<Part> | undefined;
  const call = async (name: string, parameters: readonly unknown[]): Promise<unknown> => {
    brought ??= bring();
    try {
      await brought;
    } catch (error) {
      brought = undefined;
      throw error;
    }
    const part = (await brought) as Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;
    return part[name]?.(...parameters);
  };
  // A part is no promise: whoever waits for one must not call it.
  const get = (_: object, name: string | symbol): unknown =>
    typeof name !== "string" || name === "then" ? undefined : (...given: readonly unknown[]) => call(name, given);
  return new Proxy({}, { get }) as Part;
}
