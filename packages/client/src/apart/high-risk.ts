/*
 * The profile of who has to fear a seizure of a running station, or a listener at the line (protocol/18-unlinkability.md): one key of the own
 * register, so that all devices of a person keep to it.
 */
import type { OwnRegister } from "../own/register.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

/** Its key in the own register. */
export const HIGH_RISK_KEY = "road/high-risk";
const ON: Uint8Array = new Uint8Array([1]);

/** Whether the person chose it. */
export function isHighRisk(own: OwnRegister): boolean {
  return own.get(HIGH_RISK_KEY) !== undefined;
}

/** Chooses it, or the usual one again. */
export async function setHighRisk({ own, store }: Pick<Member, "own" | "store">, on: boolean): Promise<void> {
  if (isHighRisk(own) === on) return;
  const draft = new Draft();
  own.put(draft, HIGH_RISK_KEY, on ? ON : undefined);
  await draft.commit(store);
}
