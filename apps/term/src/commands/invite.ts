/* `invite`: the link that starts a conversation with this person; on a terminal also as a code to scan. */
import type { Client } from "@chapar/client";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { writeWayFile } from "../way-file.ts";

const NARROWEST_COLUMNS = 80;

/** The invite and every way that is known, as a file to hand over. */
async function inviteFile(run: Run, client: Client, path: string): Promise<ExitCode> {
  const text = await client.ways.file();
  await writeWayFile(path, text);
  const { ways, expiresMs } = await client.ways.readFile(text);
  const until = expiresMs === undefined ? "" : ` They hold until ${new Date(expiresMs).toISOString().slice(0, 10)}.`;
  run.out.result(
    { event: "invite-file", path, ways, expiresMs: expiresMs ?? null, sizeBytes: Buffer.byteLength(text) },
    `${path} holds your invite and ${ways} way${ways === 1 ? "" : "s"} to your station.${until} Whoever has the file can write to you: hand it to people you mean.`,
  );
  return ExitCode.ok;
}

export async function invite(run: Run, options: { readonly file?: string }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  if (options.file !== undefined) return await inviteFile(run, profile.client, options.file);
  const link = await profile.client.invite();
  run.out.result({ event: "invite", invite: link }, link);
  if (run.out.isTerminal) {
    const { qrLines } = await import("../qr.ts");
    for (const line of qrLines(link, run.stdout.columns ?? NARROWEST_COLUMNS) ?? []) run.out.progress(line);
  }
  return ExitCode.ok;
}
