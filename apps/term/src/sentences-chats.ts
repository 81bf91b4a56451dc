/* Sentences about what a person decides about chats, and what is reported (sentences.ts). */
import type { Saying } from "./device-sentences.ts";
import { ExitCode } from "./exit-code.ts";

/** By code. */
export const CHAT_SAYINGS: Readonly<Record<string, Saying>> = {
  "term/no-picture": {
    say: "{path} is no picture that can be drawn small: JPEG, PNG, WebP or GIF of at most 24 megapixels.",
    exit: ExitCode.badInput,
  },
  "client/bad-picture": { say: "This is no picture of a person, or it is too large.", exit: ExitCode.badInput },
  "term/unknown-folder": {
    say: "There is no folder {folder} in this profile, or more than one of that name. `./chapar folders` shows those there are.",
    exit: ExitCode.notFound,
  },
  "term/unknown-scheduled": {
    say: "No message {scheduled} waits for its time, or more than one. `./chapar later` shows those there are.",
    exit: ExitCode.notFound,
  },
  "client/unknown-scheduled": { say: "This message has left already, or was taken back.", exit: ExitCode.notFound },
  "client/bad-timer": { say: "Messages cannot disappear after that time.", exit: ExitCode.usage },
  "client/bad-time": { say: "A message can wait for a time within a year.", exit: ExitCode.usage },
  "term/no-draft": { say: "Nothing was begun in this chat.", exit: ExitCode.notFound },
  "term/report-refused": { say: "The station did not take this report ({refusal}).", exit: ExitCode.refused },
  "term/unknown-report": {
    say: "There is no report {report} in this station's folder. `./chapar station reports` shows those there are.",
    exit: ExitCode.notFound,
  },
  "client/too-many-folders": {
    say: "There are thirty-two folders already. Remove one first.",
    exit: ExitCode.cannotCreate,
  },
  "client/folder-full": { say: "This folder takes no more chats.", exit: ExitCode.cannotCreate },
  "client/unknown-folder": { say: "There is no such folder any more.", exit: ExitCode.notFound },
  "client/unknown-message": { say: "There is no message of that id in this profile.", exit: ExitCode.notFound },
  "client/not-reportable": {
    say: "This message cannot be reported: it is your own, or what shows who wrote it is not kept any more (thirty days).",
    exit: ExitCode.unavailable,
  },
};
