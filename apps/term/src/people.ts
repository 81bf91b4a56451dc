/* The people of a profile: names for what the engine calls by id, and the one a person means on a command line. */
import type { Client, Me, PersonView } from "@chapar/client";
import { TermError } from "./errors.ts";

/** Shorter beginnings of an id are too easily somebody else's. */
const SHORTEST_PREFIX_CHARS = 4;

async function everyone(client: Client): Promise<readonly PersonView[]> {
  const people = new Map<string, PersonView>();
  for (const conversation of await client.conversations())
    for (const person of conversation.people) people.set(person.identity, person);
  return [...people.values()];
}

/** Says a name for an identity: `you` for this profile's own, the id where nobody is known. */
export async function nameBook(client: Client, me: Me): Promise<(identity: string | undefined) => string> {
  const names = new Map((await everyone(client)).map(({ identity, name }) => [identity, name]));
  return (identity) => {
    if (identity === undefined) return "someone";
    if (identity === me.identity) return "you";
    const name = names.get(identity);
    return name === undefined || name === "" ? identity : name;
  };
}

/**
 * The person that is meant: by name, by identity or a beginning of it, or by the conversation with them. What fits more
 * than one is nobody.
 *
 * @throws TermError `term/unknown-person`
 */
export async function personNamed(client: Client, text: string): Promise<PersonView> {
  const people = await everyone(client);
  const wanted = text.toLowerCase();
  const long = wanted.length >= SHORTEST_PREFIX_CHARS;
  const rules: readonly ((person: PersonView) => boolean)[] = [
    ({ identity }) => identity.toLowerCase() === wanted,
    ({ name }) => name.toLowerCase() === wanted,
    ({ identity }) => long && identity.toLowerCase().startsWith(wanted),
  ];
  for (const rule of rules) {
    const [only, ...others] = people.filter(rule);
    if (only !== undefined && others.length === 0) return only;
  }
  const [person] = (await client.conversation(text))?.people ?? [];
  if (person === undefined) throw new TermError("term/unknown-person", { person: text });
  return person;
}
