/* `safety`: the digits that two people compare in person, and what the other one's keys went through. */
import { ExitCode } from "../exit-code.ts";
import { personNamed } from "../people.ts";
import { openJoined } from "../profile.ts";
import { qrLines } from "../qr.ts";
import type { Run } from "../run.ts";
import { safetyWords } from "../trust-words.ts";

export async function safety(run: Run, text: string, options: { readonly compared?: true }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const person = await personNamed(client, text);
  if (options.compared === true) await client.markCompared(person.identity);
  const view = await client.safety(person.identity);
  const { identity, digits, qr, devices, ops, changes, paused } = view;
  const code = run.out.isTerminal ? (qrLines(qr, run.stdout.columns) ?? []) : [];
  run.out.result(
    {
      event: "safety",
      identity,
      name: person.name,
      digits,
      qr,
      comparedAtMs: view.comparedAtMs ?? null,
      devices,
      ops,
      changes: changes.map(({ what, sinceMs }) => ({ what, sinceMs: sinceMs ?? null })),
      paused,
    },
    [safetyWords(view, person.name), ...code].join("\n"),
  );
  return ExitCode.ok;
}
