/* What media is made of, once for a profile: shared by the desk, which answers the app, and the session part, which has the links. */
import type { Member } from "../core.ts";
import { TransferBoard } from "./board.ts";
import { BulkRoad } from "./bulk-road.ts";
import { Downloads } from "./downloads.ts";
import type { MediaPlatform } from "./ports.ts";
import { tellCutShort } from "./preparing.ts";
import { Uploads } from "./uploads.ts";

/** The parts of media. */
export interface MediaWorks {
  readonly platform: MediaPlatform;
  readonly board: TransferBoard;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
}

async function build(member: Member): Promise<MediaWorks> {
  const platform = await member.mediaPlatform();
  await tellCutShort(member);
  const board = new TransferBoard(
    () => member.clock.nowMs(),
    (event) => member.events.emit(event),
  );
  const road = new BulkRoad(member);
  const uploads = new Uploads(member, platform, board, road);
  return { platform, board, uploads, downloads: new Downloads(member, platform, board, road) };
}

/** The works of a profile; a platform that could not be had is asked for again by the next use. */
export async function worksOf(member: Member): Promise<MediaWorks> {
  const { media } = member;
  media.works ??= build(member);
  try {
    // Nobody else puts anything there.
    return (await media.works) as MediaWorks;
  } catch (error) {
    media.works = undefined;
    throw error;
  }
}
