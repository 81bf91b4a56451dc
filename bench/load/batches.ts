/* Connections are opened some at a time: a listener's backlog is finite, and so is patience with one after the other. */

/** Makes `count` things, `atOnce` at a time, in order. */
export async function inBatches<T>(count: number, atOnce: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let at = 0; at < count; at += atOnce) {
    made.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - at) }, (_, i) => make(at + i)))));
  }
  return made;
}
