/* The words after `chapar lab move`, read into data. */
import { readWords, wholeNumberOr } from "../words.ts";

/** What was asked for. */
export interface MoveCommand {
  readonly contacts: number;
  readonly groups: number;
  /** written before the home dies, all chats together */
  readonly messages: number;
  readonly seed: number;
  readonly json: boolean;
}

const MOST = 100_000;
const OPTIONS = {
  contacts: { type: "string" },
  groups: { type: "string" },
  messages: { type: "string" },
  seed: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseMove(argv: readonly string[]): MoveCommand {
  const { contacts, groups, messages, seed, json } = readWords(argv, OPTIONS);
  return {
    contacts: wholeNumberOr("contacts", contacts, 20, { least: 1, most: MOST }),
    groups: wholeNumberOr("groups", groups, 2, { most: MOST }),
    messages: wholeNumberOr("messages", messages, 200, { most: MOST }),
    seed: wholeNumberOr("seed", seed, 1, { most: MOST }),
    json: json ?? false,
  };
}
