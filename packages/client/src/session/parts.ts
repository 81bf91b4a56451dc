/* The parts that work over links to the home, and all of them as one. */
import { channelsPart } from "../channels/part.ts";
import { reportsPart } from "../chats/reports-part.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import { devicesPart } from "../devices/session.ts";
import { groupsPart } from "../groups/part.ts";
import type { StationRef } from "@chapar/wire";
import { islandPart } from "../island/part.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { mediaPart } from "../media/session-part.ts";
import { movingPart } from "../moving/part.ts";
import { MOVING_PART } from "../moving/part-name.ts";
import { keepingPart } from "../repair/keeping-part.ts";
import { restoredPart } from "../repair/restored-part.ts";
import type { Draft } from "../store/shelf.ts";
import { talkPart } from "../talk/talk-part.ts";
import { typingPart } from "../typing/part.ts";
import type { MakeSessionPart, SessionPart } from "./part.ts";

const SESSION_PARTS: readonly MakeSessionPart[] = [
  keepingPart,
  restoredPart,
  mediaPart,
  talkPart,
  devicesPart,
  groupsPart,
  channelsPart,
  reportsPart,
  movingPart,
  islandPart,
  typingPart,
];

/** All parts. */
export class SessionParts {
  readonly #parts: readonly SessionPart[];

  constructor(...given: Parameters<MakeSessionPart>) {
    this.#parts = SESSION_PARTS.map((make) => make(...given));
  }

  begin(link: StationLink): void {
    for (const part of this.#parts) part.begin(link);
  }

  end(): void {
    for (const part of this.#parts) part.end();
  }

  /** A desk has queued something for a part. */
  wake(name: string): void {
    this.#parts.find((part) => part.name === name)?.wake?.();
  }

  push(link: StationLink, push: Push): void {
    for (const part of this.#parts) part.push?.(link, push);
  }

  unreachable(row: ConversationRow): void {
    for (const part of this.#parts) part.unreachable?.(row);
  }

  unseen(station: StationRef): void {
    for (const part of this.#parts) part.unseen?.(station);
  }

  owed(row: ConversationRow, size: number): void {
    for (const part of this.#parts) part.owed?.(row, size);
  }

  stuck(row: ConversationRow): void {
    for (const part of this.#parts) part.stuck?.(row);
  }

  moved(row: ConversationRow, epoch: boolean): void {
    for (const part of this.#parts) part.moved?.(row, epoch);
  }

  /** Somebody asks to be let into a room (D-44), whose hub may be gone, so that it has to be carried (M-44). */
  asked(row: ConversationRow): void {
    this.moved(row, row.kind === "group");
    this.wake(MOVING_PART);
  }

  isHeld(row: ConversationRow): boolean {
    return this.#parts.some((part) => part.isHeld?.(row) ?? false);
  }

  hear(draft: Draft, frame: Uint8Array): boolean {
    return this.#parts.some((part) => part.hear?.(draft, frame) ?? false);
  }

  gap(link: StationLink, gap: Gap): boolean {
    return this.#parts.some((part) => part.gap?.(link, gap) ?? false);
  }

  heard(): void {
    for (const part of this.#parts) part.heard?.();
  }

  async isSettled(): Promise<boolean> {
    for (const part of this.#parts) if ((await part.isSettled?.()) === false) return false;
    return true;
  }
}
