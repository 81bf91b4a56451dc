/* `watch`: has the home's public record checked now, and says how it went. */
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { watchWords } from "../trust-words.ts";
import { withStation } from "../waiting.ts";

export async function watch(run: Run, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const view =
    options.timeout === 0
      ? await client.watch()
      : await withStation(client, { seconds: options.timeout, signal }, (ending) => client.check({ signal: ending }));
  const { checkedAtMs, witnesses, cosigned, paths, quorum, code } = view;
  run.out.result(
    { event: "watch", checkedAtMs: checkedAtMs ?? null, witnesses, cosigned, paths, quorum, code: code ?? null },
    watchWords(view, Date.now()),
  );
  return code === undefined ? ExitCode.ok : ExitCode.temporary;
}
