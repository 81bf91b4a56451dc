/* What content tells of its files for showing them (C-93); brought with the first message that has any. */
import { decodeFileFacts, MAX_FILES } from "@chapar/wire/content";
import { type FirstSight, mediaOf, type ToldFile } from "./letter.ts";

/** The files with what is told of each. */
export function toldFilesOf({ externals, content }: Pick<FirstSight, "externals" | "content">): readonly ToldFile[] {
  const facts = decodeFileFacts(mediaOf(content)[0]?.value, externals.length);
  return externals.slice(0, MAX_FILES).map((part, at) => ({ part, facts: facts[at] ?? { kind: "file" } }));
}
