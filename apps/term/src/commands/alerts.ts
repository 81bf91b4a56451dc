/* `alerts` and `alerts show`: what stations and keys were caught at, as this device keeps it. */
import type { AlertView, Client } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { nameBook } from "../people.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { alertLine, alertPage, alertWords } from "../trust-words.ts";

/** Shorter beginnings of an id are too easily another alert's. */
const SHORTEST_PREFIX_CHARS = 4;

/**
 * The alert a person means: its id, or a beginning of it that fits only one.
 *
 * @throws TermError `term/unknown-alert`
 */
export async function alertNamed(client: Client, text: string): Promise<AlertView> {
  const all = await client.alerts();
  const exact = all.find(({ id }) => id === text);
  if (exact !== undefined) return exact;
  const [only, ...others] = text.length < SHORTEST_PREFIX_CHARS ? [] : all.filter(({ id }) => id.startsWith(text));
  if (only === undefined || others.length > 0) throw new TermError("term/unknown-alert", { alert: text });
  return only;
}

export async function alerts(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, me } = profile;
  const [all, nameOf] = await Promise.all([client.alerts(), nameBook(client, me)]);
  for (const alert of all) {
    const person = nameOf(alert.person);
    run.out.result(alertLine(alert, person), alertWords(alert, person));
  }
  if (all.length === 0 && !run.out.json) run.out.progress("Nothing has been noticed.");
  return ExitCode.ok;
}

export async function showAlert(run: Run, text: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, me } = profile;
  const [alert, nameOf] = await Promise.all([alertNamed(client, text), nameBook(client, me)]);
  const person = nameOf(alert.person);
  run.out.result(alertLine(alert, person), alertPage(alert, person));
  await client.markAlertSeen(alert.id);
  return ExitCode.ok;
}
