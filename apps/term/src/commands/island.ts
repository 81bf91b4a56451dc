/* `island`: which stations this profile's home cannot reach, and what waits for them. */
import { ExitCode } from "../exit-code.ts";
import { islandWords } from "../island-words.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { dateTimeWords } from "../views.ts";
import { withStation } from "../waiting.ts";

/** Prints it, after asking the home once; with `--timeout 0` what is known. */
export async function island(run: Run, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  if (options.timeout > 0)
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.check({ signal: ending }));
  const view = await client.data.island();
  const told = view === undefined ? { isCut: false } : { isCut: true, ...view };
  run.out.result({ event: "island", ...told }, islandWords(view, dateTimeWords));
  return ExitCode.ok;
}
