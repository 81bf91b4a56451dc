/* The words after `chapar lab move`, read into data. */
import { parseArgs } from "node:util";
import { LabError } from "../errors.ts";

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
const USUAL = { contacts: 20, groups: 2, messages: 200 } as const;

function whole(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MOST)
    throw new LabError("lab/bad-command", `--${name} is a whole number up to ${MOST}`);
  return value;
}

/** Reads the words. @throws LabError `lab/bad-command` */
export function parseMove(argv: readonly string[]): MoveCommand {
  const options = {
    contacts: { type: "string" },
    groups: { type: "string" },
    messages: { type: "string" },
    seed: { type: "string" },
    json: { type: "boolean" },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (cause) {
    throw new LabError("lab/bad-command", cause instanceof Error ? cause.message : undefined, { cause });
  }
  return {
    contacts: Math.max(1, whole("contacts", values.contacts, USUAL.contacts)),
    groups: whole("groups", values.groups, USUAL.groups),
    messages: whole("messages", values.messages, USUAL.messages),
    seed: whole("seed", values.seed, 1),
    json: values.json ?? false,
  };
}
