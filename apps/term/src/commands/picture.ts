/* `picture`: the own picture, set, shown and taken away; and those of others, written into a file. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Client } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { ownPicture } from "../picture/own-picture.ts";
import { personNamed } from "../people.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { sizeWords } from "../size-words.ts";
import { withStation } from "../waiting.ts";

interface PictureOptions {
  readonly timeout: number;
  readonly remove?: true;
  /** whose; the own one when absent */
  readonly of?: string;
  readonly save?: string;
}

async function show(run: Run, client: Client, { of, save }: PictureOptions): Promise<ExitCode> {
  const identity = of === undefined ? undefined : (await personNamed(client, of)).identity;
  const found = (await client.people.pictures()).find((one) =>
    of === undefined ? one.mine : one.identity === identity,
  );
  if (found === undefined) {
    run.out.result({ event: "no-picture" }, "There is no picture.");
    return ExitCode.ok;
  }
  const { bytes, mediaType } = found;
  const savedTo = save === undefined ? null : resolve(save);
  if (savedTo !== null) await writeFile(savedTo, bytes, { flag: "wx" });
  const where = savedTo === null ? "" : ` It is in ${savedTo}.`;
  run.out.result(
    { event: "picture", identity: found.identity, mediaType, sizeBytes: bytes.byteLength, savedTo },
    `There is a picture of ${sizeWords(bytes.byteLength)}.${where}`,
  );
  return ExitCode.ok;
}

export async function picture(run: Run, path: string | undefined, options: PictureOptions): Promise<ExitCode> {
  const { remove, timeout } = options;
  if (path !== undefined && (remove === true || options.of !== undefined))
    throw new TermError("term/usage", { problem: "Only your own picture is set, from a file.", command: "picture " });
  // Drawn before the profile is opened, so that a broken file holds nobody up.
  const drawn = path === undefined ? undefined : await ownPicture(path);
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  if (drawn === undefined && remove !== true) return show(run, client, options);
  await client.people.setPicture(drawn);
  if (timeout > 0) await withStation(client, { seconds: timeout, signal }, (on) => client.settled({ signal: on }));
  if (drawn === undefined) run.out.result({ event: "picture-removed" }, "Your picture is taken away.");
  else run.out.result({ event: "picture-set", sizeBytes: drawn.byteLength }, "Everyone you write with sees it.");
  return ExitCode.ok;
}
