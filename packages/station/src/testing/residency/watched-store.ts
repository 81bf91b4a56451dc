/*
 * A store that looks at every byte of every change for marks: each thing that a season writes carries the region of whoever wrote it, its
 * class and its number. What a mark says and where it was found is all that is kept, so that a season may be long.
 */
import type { DataClass } from "@chapar/evidence";
import type { Store, Write } from "../../store/port.ts";

/** Where a mark begins; then class, region and number up to a semicolon. */
const MARK = Buffer.from("chapar-mark:");
const LONGEST_MARK = 64;

/** A mark as it was found. */
export interface Mark {
  readonly of: DataClass;
  /** of whoever wrote it */
  readonly region: string;
  readonly number: number;
}

/** A mark as bytes, to be put anywhere into what is written. */
export function markBytes({ of, region, number }: Mark): Uint8Array {
  return Buffer.concat([MARK, Buffer.from(`${of}:${region}:${number};`)]);
}

/** Every mark in some bytes, wherever it stands. */
export function findMarks(bytes: Uint8Array): readonly Mark[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks: Mark[] = [];
  for (let at = buffer.indexOf(MARK); at >= 0; at = buffer.indexOf(MARK, at + MARK.length)) {
    const text = buffer.toString("latin1", at + MARK.length, at + MARK.length + LONGEST_MARK);
    const [of, region, number] = (text.split(";")[0] ?? "").split(":");
    if (region === undefined) continue;
    marks.push({ of: of as DataClass, region, number: Number(number) });
  }
  return marks;
}

function* bytesIn(value: unknown): Generator<Uint8Array> {
  if (value instanceof Uint8Array) yield value;
  else if (typeof value === "string") yield Buffer.from(value);
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) yield* bytesIn(part);
}

/** A way to a store below that tells every mark of a change once the change is durable. */
export function watchedStore<S extends Store>(below: S, found: (mark: Mark) => void): S {
  return new Proxy(below, {
    get: (target, name) => {
      if (name === "commit")
        return async (writes: readonly Write[]): Promise<void> => {
          const marks = writes.flatMap((write) => [...bytesIn(write)].flatMap((bytes) => [...findMarks(bytes)]));
          await target.commit(writes);
          for (const mark of marks) found(mark);
        };
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
