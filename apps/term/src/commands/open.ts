/*
 * `open`: starts the conversation an invite leads to. Its id is printed at once, because writing into it already works;
 * the command then waits for the other side's keys, so that a script knows whether somebody was reached.
 */
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { givenInvite } from "../way-file.ts";
import { until, withStation } from "../waiting.ts";

export async function open(run: Run, invite: string, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const conversation = await client.open((await givenInvite(client, invite)).invite);
  run.out.result({ event: "opened", conversation }, conversation);
  if (options.timeout === 0) return ExitCode.ok;
  await withStation(client, { seconds: options.timeout, signal }, (ending) =>
    until(client, ending, async () => {
      const view = await client.conversation(conversation);
      if (view?.state === "fault") {
        throw new TermError("term/conversation-fault", { conversation, refusal: view.fault ?? "" });
      }
      return view !== undefined && view.state !== "opening";
    }),
  );
  return ExitCode.ok;
}
