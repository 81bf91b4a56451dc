/* Codes of what reading a room meets. */
import { E2E_CODES, isE2eError } from "@chapar/e2e";
import type { ClientCode } from "../errors.ts";
import type { GoneReason } from "../repair/kept-rows.ts";

/** Codes that say the device's own state is wrong: nothing may be written over them. */
const OURS: readonly string[] = Object.entries(E2E_CODES).flatMap(([code, { whose }]) =>
  whose === "us" ? [code] : [],
);

/** Why a body is not there, as the line in its place says. */
export const HOLE_CODES: Readonly<Record<GoneReason, ClientCode>> = {
  withheld: "client/withheld",
  pruned: "client/pruned",
  expired: "client/expired",
  removed: "client/removed",
};

/** The code of a refusal that others caused; anything else is thrown again, so that nothing is written over it. */
export function foreignCode(error: unknown): string {
  if (isE2eError(error) && !OURS.includes(error.code)) return error.code;
  throw error;
}
