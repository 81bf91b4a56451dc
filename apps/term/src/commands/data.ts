/* `data`: where this profile's data rests, under which law, until when, and who could read it. */
import { dataWords } from "../data-words.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { withStation } from "../waiting.ts";

const MINUTE_CHARS = 16;

/** Prints it, after asking the home; with `--timeout 0` what is known. */
export async function data(run: Run, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  if (options.timeout > 0)
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
  const view = await client.data.rests({ signal });
  const when = (atMs: number): string =>
    `${new Date(atMs).toISOString().slice(0, MINUTE_CHARS).replace("T", " at ")} UTC`;
  run.out.result({ event: "data", ...view, checkedAtMs: view.checkedAtMs ?? null }, dataWords(view, when));
  return ExitCode.ok;
}
