/* `block`: of whom nothing more is shown. */
import { ExitCode } from "../exit-code.ts";
import { personNamed } from "../people.ts";
import { openJoined } from "../profile.ts";
import { printableLine } from "../printable.ts";
import type { Run } from "../run.ts";

export async function block(run: Run, text: string | undefined, blocked: boolean): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  if (text === undefined) {
    const all = await client.chats.blocked();
    for (const { identity, name, sinceMs } of all)
      run.out.result({ event: "blocked", identity, name, sinceMs }, `${printableLine(name)}  ${identity}`);
    if (all.length === 0) run.out.progress("Nobody is blocked.");
    return ExitCode.ok;
  }
  const { identity, name } = await personNamed(client, text);
  await client.chats.block(identity, blocked);
  run.out.result(
    { event: blocked ? "person-blocked" : "person-unblocked", identity, name },
    blocked
      ? `Nothing that ${printableLine(name)} writes from now on is shown here. They are not told.`
      : `${printableLine(name)} is not blocked any more. What they wrote meanwhile is shown.`,
  );
  return ExitCode.ok;
}
