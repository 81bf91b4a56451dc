/* Whether one list of ops goes on from another. */
import { equalBytes } from "@chapar/wire/bytes";

/** Whether `longer` begins with all of `ops`. */
export function extendsChain(longer: readonly Uint8Array[], ops: readonly Uint8Array[]): boolean {
  return longer.length >= ops.length && ops.every((op, at) => equalBytes(op, longer[at] ?? new Uint8Array(0)));
}
