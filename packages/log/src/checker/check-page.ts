/*
 * `stepLog` for bytes as they come off the wire: decodes and verifies the head first. A receipt may serve as the head of
 * a page whose last entry it is for; its leaf hash is then that entry's (L-22).
 */
import { decodeStatement, leavesOutLeafHash } from "../receipt/statement-codec.ts";
import { verifyStatement, type VerifyPorts } from "../receipt/verify.ts";
import type { HeldHead } from "./held-head.ts";
import { type LogPage, type LogStep, stepLog } from "./step.ts";
import type { LogCode } from "../errors.ts";

/** A page as received: the head still encoded and unchecked. */
export interface ReceivedPage extends Omit<LogPage, "head"> {
  readonly head: Uint8Array;
}

/**
 * Decodes and verifies a page's head, then takes the page as `stepLog` does.
 *
 * @returns as `stepLog`; and `log/bad-statement` the head is malformed · `log/missing-context` · `log/bad-signature` ·
 * `log/bad-proof`, all with the state untouched and `offered` undefined
 * Cost: one signature check more than `stepLog`. @see L-29
 */
export async function checkPage(held: HeldHead, page: ReceivedPage, ports: VerifyPorts): Promise<LogStep> {
  const refuse = (code: LogCode): LogStep => ({
    state: held,
    fault: { code, held: held.heads.at(-1), offered: undefined },
  });
  const last = page.leafHashes.at(-1);
  const entry = last !== undefined && leavesOutLeafHash(page.head) ? { leafHash: last } : {};
  const decoded = decodeStatement(page.head, { stationKey: held.stationKey, logId: held.logId, ...entry });
  if (!decoded.ok) return refuse(isLogCode(decoded.code) ? decoded.code : "log/bad-statement");
  const checked = await verifyStatement(decoded.value, held.stationKey, ports);
  return checked.ok ? stepLog(held, { ...page, head: checked.value }, ports.hasher) : refuse(checked.code);
}

function isLogCode(code: string): code is LogCode {
  return code.startsWith("log/");
}
