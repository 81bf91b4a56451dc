/* `report`: one message to the operator of the home station, by the person's own choice. */
import type { ReportView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { withStation } from "../waiting.ts";

const WORDS: Readonly<Record<ReportView["state"], string>> = {
  sent: "The operator has the message",
  waiting: "It is kept here and goes with the next connection",
  refused: "The station did not take it",
};

export async function report(run: Run, message: string, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const made = await client.chats.report(message);
  if (options.timeout > 0 && made.state === "waiting")
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
  const view = (await client.chats.reports()).find((one) => one.message === message) ?? made;
  if (view.state === "refused") throw new TermError("term/report-refused", { refusal: view.code ?? "" });
  const proof = view.proves ? "with what shows who wrote it" : "as your word alone: its signature is not kept here";
  run.out.result(
    { event: "report", message, state: view.state, proves: view.proves },
    `${WORDS[view.state]}, ${proof}.`,
  );
  return view.state === "sent" ? ExitCode.ok : ExitCode.temporary;
}
