/*
 * `route`: the ways to one's station. What the station and the invite told is shown; a way that somebody handed over is added
 * by its URI and stays on this device.
 */
import type { Client, WayView } from "@chapar/client";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { isFilePath, readWayText } from "../way-file.ts";

const FROM: Readonly<Record<WayView["from"], string>> = {
  home: "the station's own",
  station: "from the station",
  invite: "from the invite",
  you: "added here",
};

export async function listRoutes(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  for (const { uri, kind, from } of await profile.client.ways.list()) {
    run.out.result(
      { event: "route", uri, kind: kind ?? null, from },
      `${uri}  (${kind ?? (uri.startsWith("mirror:") ? "the doctor's mirror" : "unknown")}, ${FROM[from]})`,
    );
  }
  return ExitCode.ok;
}

/** Ways that somebody handed over as a file. */
async function addFile(run: Run, client: Client, path: string): Promise<ExitCode> {
  const ways = await client.ways.addFile(await readWayText(path));
  const words =
    ways === 0 ? "Every way in it was known already." : `${ways} new way${ways === 1 ? "" : "s"} from now on.`;
  run.out.result({ event: "routes-added", ways }, words);
  return ExitCode.ok;
}

export async function addRoute(run: Run, uri: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  if (isFilePath(uri)) return await addFile(run, profile.client, uri);
  await profile.client.ways.add(uri);
  run.out.result({ event: "route-added", uri }, `${uri} is tried from now on.`);
  return ExitCode.ok;
}

export async function removeRoute(run: Run, uri: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  await profile.client.ways.remove(uri);
  run.out.result({ event: "route-removed", uri }, `${uri} is not tried any more.`);
  return ExitCode.ok;
}
