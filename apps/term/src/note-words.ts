/* Lines of a conversation that stand for something else than a message: gaps, removals, changes of a person's keys. */
import type { MessageView, PersonChange } from "@chapar/client";
import { groupLineWords } from "./group-words.ts";
import { printableLine } from "./printable.ts";
import { timerWords } from "./timer-words.ts";

/** "7 messages". */
export const countWords = (count: number): string =>
  count === 0 ? "messages" : count === 1 ? "1 message" : `${count} messages`;

/** What a person did, after their name. */
export const CHANGE_WORDS: Readonly<Record<PersonChange["what"], string>> = {
  "device-added": "added a device",
  "device-revoked": "removed a device",
  "home-moved": "moved to another station",
  "keys-rotated": "renewed the keys of the account",
  left: "left Chapar and deleted everything; messages to them reach nobody",
  "op-overridden": "had a change undone by a higher key",
};

interface GapWords {
  /** of one message */
  readonly one: string;
  /** of several: `{n}` is how many, and `{name}` here and there the writer */
  readonly many: string;
  readonly means: string;
  /** whether the people in the conversation may have it */
  readonly askable: boolean;
}

const COPIES = "The people in the conversation may have a copy.";

/** By code, for lines without a public note of a removal. */
const GAPS: Readonly<Record<string, GapWords | undefined>> = {
  "client/withheld": {
    one: "the station has a message that belongs here and does not give it",
    many: "the station has {n} messages that belong here and does not give them",
    means: `The station signed that it took them, so their place is known, but not what they say. Chapar goes on asking by itself. ${COPIES}`,
    askable: true,
  },
  "client/pruned": {
    one: "the station deleted a message before this device had it",
    many: "the station deleted {n} messages before this device had them",
    means: `A station may delete a message once every device that reads there has said that it has it. ${COPIES}`,
    askable: true,
  },
  "client/expired": {
    one: "a message was at the station for too long and was deleted",
    many: "{n} messages were at the station for too long and were deleted",
    means: `A station keeps messages for 180 days and may delete them after that. If it was earlier, an alert says so. ${COPIES}`,
    askable: true,
  },
  "client/removed": {
    one: "the station removed a message and shows no public note of it",
    many: "the station removed {n} messages and shows no public note of them",
    means: `A station that has to remove something must write that into its public record. This note did not come. ${COPIES}`,
    askable: true,
  },
  "client/missing-messages": {
    one: "a message of {name} from before this did not come",
    many: "{n} messages of {name} from before this did not come",
    means: `Every message carries a sealed number. The next one shows that something came before it that did not reach this device or could not be opened here. ${COPIES}`,
    askable: true,
  },
  "client/came-late": {
    one: "a message of {name} that belongs here came later and stands further below",
    many: "{n} messages of {name} that belong here came later and stand further below",
    means: "It was sent again after a refusal, so its place in the shared order is further below. Nothing is missing.",
    askable: false,
  },
  "client/blocked": {
    one: "a message of {name}, whom you have blocked",
    many: "{n} messages of {name}, whom you have blocked",
    means: "It came whole and is kept. It is shown when you take the block back: ./chapar block PERSON --off",
    askable: false,
  },
  "client/disappeared": {
    one: "a message that has disappeared",
    many: "{n} messages that have disappeared",
    means: "Its time was over, so its words and files are gone from this device. The others' devices do the same.",
    askable: false,
  },
  "client/not-shown": {
    one: "this version of Chapar cannot show what stands here",
    many: "this version of Chapar cannot show {n} things that stand here",
    means:
      "It came whole and passed every check, but it is of a kind that this version does not know, or it only carried a name.",
    askable: false,
  },
};

const REMOVED = `The station removed it openly, under the order that is named, and wrote so into its public record. This accuses nobody. ${COPIES}`;

/** A line that stands for nothing any more, for what came back was no message: it is not shown. */
export const isNothing = ({ gap }: MessageView): boolean => gap?.entries === 0;

/** What a line means that stands for something missing, in sentences; undefined for any other line. */
export function gapMeaning({ gap }: MessageView): string | undefined {
  if (gap === undefined) return undefined;
  if (gap.removal !== undefined) return REMOVED;
  return (
    GAPS[gap.code]?.means ??
    `Something came that this device could not open: it was changed, came twice, or was sealed for another time (${gap.code}).`
  );
}

/** Whether the people in the conversation may have what a line stands for. */
export function isAskable({ gap }: MessageView): boolean {
  return gap !== undefined && (gap.removal !== undefined || (GAPS[gap.code]?.askable ?? gap.code.startsWith("e2e/")));
}

function gapWords(entries: number, code: string, senderName: string): string {
  const words = GAPS[code];
  if (words === undefined) return `${countWords(entries)} could not be shown (${code})`;
  const name = printableLine(senderName);
  return (entries === 1 ? words.one : words.many)
    .replace("{n}", String(entries))
    .replace("{name}", name === "" ? "someone" : name);
}

/** What a line says that stands for something else than a message; undefined for a message. */
export function noteWords(message: MessageView): string | undefined {
  const { gap, personChange, senderName, mine, timerS } = message;
  if (message.group !== undefined) return groupLineWords(message);
  if (personChange !== undefined) {
    const who = mine ? "you" : printableLine(senderName);
    return `${who === "" ? "someone" : who} ${CHANGE_WORDS[personChange.what]}; compare with: ./chapar safety ${personChange.identity}`;
  }
  if (timerS !== undefined) {
    const name = printableLine(senderName);
    const who = mine ? "you" : name === "" ? "someone" : name;
    return timerS === 0
      ? `${who} let messages stay from here on`
      : `${who} let messages disappear from here on, ${timerWords(timerS)} after they were read`;
  }
  if (gap === undefined) return undefined;
  const { removal, entries, code } = gap;
  if (removal === undefined) return gapWords(entries, code, senderName);
  const reason = removal.reason === "" ? "" : ` (${printableLine(removal.reason)})`;
  return `${countWords(entries)} removed by the station of ${printableLine(removal.region)}, reference ${printableLine(removal.reference)}${reason}`;
}
