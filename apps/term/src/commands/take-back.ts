/*
 * `safety take-back`: what a stolen key did to one's own keys is undone by the recovery words (protocol/9-rule-r.md R-12). The words come on
 * standard input, so that no list of processes and no history of a shell has them; or from this device, as long as it has them.
 */
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { standardInput } from "../standard-input.ts";
import { takenBackWords } from "../trust-words.ts";

export async function takeBack(run: Run, options: { readonly words?: true }): Promise<ExitCode> {
  const words = options.words === true ? await standardInput(run) : undefined;
  await using profile = await openJoined(run);
  const { client } = profile;
  const { voided, changes, sinceMs, late } = await client.takeBack(words);
  run.out.result(
    { event: "taken-back", voided, changes, sinceMs: sinceMs ?? null, late },
    takenBackWords({ voided, changes, sinceMs, late }),
  );
  return ExitCode.ok;
}
