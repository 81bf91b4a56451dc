/* What a person is told when no route led anywhere. */
import { isCarrierError } from "@chapar/carrier";
import { codeOf } from "../errors.ts";

/** What a station said counts for more than that others were silent, and why we did not try for more than that nobody answered. */
export function reasonOf(error: unknown): unknown {
  if (!isCarrierError(error, "carrier/no-route") || !(error.cause instanceof AggregateError)) return error;
  const failures: readonly unknown[] = error.cause.errors;
  const isOurs = (one: unknown): boolean => isCarrierError(one, "carrier/own-hello");
  const spoken = failures.find((one) => codeOf(one)?.startsWith("carrier/") === false);
  return spoken ?? (failures.length > 0 && failures.every(isOurs) ? failures[0] : error);
}
