/* `invite`: the link that starts a conversation with this person; on a terminal also as a code to scan. */
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

const NARROWEST_COLUMNS = 80;

export async function invite(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const link = await profile.client.invite();
  run.out.result({ event: "invite", invite: link }, link);
  if (run.out.isTerminal) {
    const { qrLines } = await import("../qr.ts");
    for (const line of qrLines(link, run.stdout.columns ?? NARROWEST_COLUMNS) ?? []) run.out.progress(line);
  }
  return ExitCode.ok;
}
