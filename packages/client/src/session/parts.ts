/* The parts that work over links to the home. */
import { devicesPart } from "../devices/session.ts";
import { reportsPart } from "../chats/reports-part.ts";
import { keepingPart } from "../repair/keeping-part.ts";
import { talkPart } from "../talk/talk-part.ts";
import type { MakeSessionPart } from "./part.ts";

export const SESSION_PARTS: readonly MakeSessionPart[] = [keepingPart, talkPart, devicesPart, reportsPart];
