/* What is said when a file cannot be read, sent or kept. */
import { ExitCode } from "./exit-code.ts";

/** Sentences by code. */
export const MEDIA_SAYINGS: Readonly<Record<string, { readonly say: string; readonly exit: ExitCode }>> = {
  "term/no-attachment": { say: "There is no file here to save.", exit: ExitCode.notFound },
  "term/no-file": { say: "{path} cannot be read ({reason}).", exit: ExitCode.notFound },
  "term/cannot-write": {
    say: "{path} cannot be written ({reason}). Choose a folder that belongs to you.",
    exit: ExitCode.cannotCreate,
  },
  "client/too-many-files": { say: "A message holds ten files at most.", exit: ExitCode.usage },
  "client/no-room": {
    say: "Your station has no room for this now. Send less, or try again tomorrow.",
    exit: ExitCode.temporary,
  },
  "client/no-space": { say: "There is no space left on this device for the file.", exit: ExitCode.inputOutput },
  "client/file-gone": { say: "The file is not there any more.", exit: ExitCode.notFound },
  "client/file-changed": {
    say: "The file changed while it was being sent, so it was not. Send it again.",
    exit: ExitCode.badInput,
  },
  "client/file-exists": { say: "A file of that name is there already.", exit: ExitCode.cannotCreate },
  "client/cut-short": {
    say: "This was cut off while its files were being prepared. Choose them again.",
    exit: ExitCode.refused,
  },
  "client/cancelled": { say: "It was given up.", exit: ExitCode.refused },
};
