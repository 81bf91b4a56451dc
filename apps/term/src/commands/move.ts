/*
 * `move`: another station becomes the home (protocol/15-moving.md). Chats and contacts follow while the command runs, and go on following
 * whenever this profile is connected.
 */
import { ExitCode } from "../exit-code.ts";
import { movedWords } from "../move-words.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { withStation } from "../waiting.ts";

/** Moves to the station of an invite; without one prints how far the last move has come. */
export async function move(
  run: Run,
  invite: string | undefined,
  options: { readonly timeout: number },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  if (invite !== undefined) await client.data.move(invite);
  if (options.timeout > 0)
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
  const moved = await client.data.moving();
  if (moved === undefined) {
    run.out.result({ event: "not-moved" }, "This profile lives where it began.");
    return ExitCode.ok;
  }
  const { receipt, ...rest } = moved;
  const seen = receipt && { atMs: receipt.atMs, isInLog: receipt.isInLog, rows: receipt.rows };
  run.out.result({ event: "moved", ...rest, receipt: seen }, movedWords(moved));
  return ExitCode.ok;
}
