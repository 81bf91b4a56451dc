/* Links whose host may be taken for another, said under their message (protocol/5-content.md C-107). */
import type { MessageView } from "@chapar/client";
import { type DoubtfulHost, doubtOf, type HostDoubt } from "@chapar/client/hosts";
import { spansIn } from "@chapar/client/text";
import { printableLine } from "./printable.ts";

const WHY: Readonly<Record<HostDoubt, string>> = {
  user: "what stands before the @ is no address",
  mixed: "its letters are of several scripts",
  "look-alike": "its letters only look like Latin ones",
  script: "it is written in another script than it is resolved in",
};
/** Doubtful links of one message that are named. */
const NAMED = 5;

/** A link that deserves a second look. */
export interface Doubt extends DoubtfulHost {
  readonly written: string;
}

/** The links of a text that deserve a second look, at most five. Cost: linear */
export function doubtsIn({ text }: Pick<MessageView, "text">): readonly Doubt[] {
  const found: Doubt[] = [];
  for (const { kind, text: written } of spansIn(text)) {
    const doubt = kind === "link" && found.length < NAMED ? doubtOf(written) : undefined;
    if (doubt !== undefined) found.push({ written, ...doubt });
  }
  return found;
}

/** What is said of them. */
export function doubtWords(message: Pick<MessageView, "text">): readonly string[] {
  return doubtsIn(message).map(({ host, doubt }) => `! leads to ${printableLine(host)}: ${WHY[doubt]}`);
}
