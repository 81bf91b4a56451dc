/* `group`: groups of many people, who is in them and what each may do. */
import type { GroupView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { memberWords } from "../group-words.ts";
import { personNamed } from "../people.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined, type Profile } from "../profile.ts";
import type { Run } from "../run.ts";
import { withStation } from "../waiting.ts";

/** How long a command waits. */
export interface Waits {
  /** seconds that a change may take to be done; 0 leaves it queued */
  readonly timeout: number;
}

/** Waits until what was queued is done. */
export async function settled({ client, signal }: Profile, { timeout }: Waits): Promise<void> {
  if (timeout === 0) return;
  await withStation(client, { seconds: timeout, signal }, (ending) => client.settled({ signal: ending }));
}

export async function createGroup(
  run: Run,
  title: string,
  people: readonly string[],
  options: Waits & { readonly large?: boolean },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const found = await Promise.all(people.map((text) => personNamed(client, text)));
  const conversation = await client.groups.create(
    title,
    found.map(({ identity }) => identity),
    { large: options.large === true },
  );
  run.out.result({ event: "group", conversation, title }, conversation);
  await settled(profile, options);
  return ExitCode.ok;
}

export async function listMembers(run: Run, text: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const { id } = await conversationNamed(profile, text, options.timeout);
  const group = await client.groups.view(id);
  for (const [at, words] of memberWords(group).entries()) {
    const person = group.people[at];
    if (person === undefined) continue;
    const { identity, name, role, me, leaving } = person;
    run.out.result({ event: "member", conversation: id, identity, name, role, me, leaving }, words);
  }
  for (const { identity, name } of group.adding) {
    run.out.result(
      { event: "adding", conversation: id, identity, name },
      `${printableLine(name)}  is added when there is a way`,
    );
  }
  return ExitCode.ok;
}

/** A change of a group, by what is typed. */
export type GroupChange =
  | { readonly what: "add"; readonly people: readonly string[] }
  | { readonly what: "remove"; readonly person: string }
  | { readonly what: "role"; readonly person: string; readonly role: string }
  | { readonly what: "rename"; readonly title: string }
  | { readonly what: "leave" };

const ROLES = ["owner", "admin", "member"] as const;

function memberOf(group: GroupView, text: string): string {
  const wanted = text.toLowerCase();
  const fits = group.people.filter(
    ({ identity, name, me }) =>
      identity.toLowerCase() === wanted || name.toLowerCase() === wanted || (me && wanted === "me"),
  );
  const [only, ...others] = fits;
  if (only === undefined || others.length > 0) throw new TermError("term/unknown-person", { person: text });
  return only.identity;
}

export async function changeGroup(run: Run, text: string, change: GroupChange, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const { groups } = client;
  const { id, title } = await conversationNamed(profile, text, options.timeout);
  if (change.what === "add") {
    const people = await Promise.all(change.people.map((one) => personNamed(client, one)));
    await groups.add(
      id,
      people.map(({ identity }) => identity),
    );
  } else if (change.what === "remove") await groups.remove(id, memberOf(await groups.view(id), change.person));
  else if (change.what === "role") {
    const role = ROLES.find((one) => one === change.role);
    if (role === undefined) throw new TermError("term/usage", { problem: "A role is owner, admin or member." });
    await groups.setRole(id, memberOf(await groups.view(id), change.person), role);
  } else if (change.what === "rename") await groups.rename(id, change.title);
  else await groups.leave(id);
  await settled(profile, options);
  const words = change.what === "leave" ? `You left ${printableLine(title)}.` : "Done.";
  run.out.result({ event: "group-changed", conversation: id, what: change.what }, words);
  return ExitCode.ok;
}
