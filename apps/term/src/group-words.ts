/* What became of a group, in words. */
import type { GroupAskView, GroupLineView, GroupLinkView, GroupView, MessageView } from "@chapar/client";
import { printableLine } from "./printable.ts";

const ROLE_WORDS = { owner: "an owner", admin: "an admin", member: "a member" } as const;

function listed(people: GroupLineView["people"]): string {
  const names = people.map(({ name }) => (name === "" ? "someone" : printableLine(name)));
  return names.join(", ");
}

/** A line about a group, as it is printed; undefined for any other line. */
export function groupLineWords({ group, mine, senderName }: MessageView): string | undefined {
  if (group === undefined) return undefined;
  const who = mine ? "you" : senderName === "" ? "someone" : printableLine(senderName);
  const { what, people, text } = group;
  switch (what) {
    case "created":
      return `${who} made the group ${printableLine(text)}`;
    case "added":
      return `${who} added ${listed(people)}`;
    case "removed":
      return `${who} took out ${listed(people)}`;
    case "left":
      return `${listed(people)} left`;
    case "joined":
      return `${listed(people)} came by a link`;
    case "owner":
    case "admin":
    case "member":
      return `${who} made ${listed(people)} ${ROLE_WORDS[what]}`;
    case "renamed":
      return `${who} named the group ${printableLine(text)}`;
    case "members-add":
      return `${who} lets members add people`;
    case "admins-add":
      return `${who} lets only admins add people`;
    case "link-made":
      return `${who} made a link into the group`;
    case "link-revoked":
      return `${who} revoked a link into the group`;
    case "unlawful":
    default:
      return `${who} changed what their role does not allow; it does not count`;
  }
}

/** The people of a group, a line each. */
export function memberWords(group: GroupView): readonly string[] {
  return group.people.map(({ name, role, me, leaving }) => {
    const who = me ? "you" : name === "" ? "someone" : printableLine(name);
    return `${who}  ${role}${leaving ? ", has left" : ""}`;
  });
}

/** A link that leads into a group, as a line. */
export function linkWords({ id, url, expiresMs, limit, used, approval }: GroupLinkView): string {
  const uses = limit === 0 ? `${used} came` : `${used} of ${limit} came`;
  const until = expiresMs === 0 ? "does not end" : `until ${new Date(expiresMs).toISOString().slice(0, 16)}`;
  return [url ?? id.slice(0, 16), uses, until, approval ? "whoever made it lets each in" : ""]
    .filter((part) => part !== "")
    .join("  ");
}

const ASK_WORDS: Readonly<Record<GroupAskView["state"], string>> = {
  waiting: "asked; waiting to be let in",
  revoked: "this link has been revoked",
  expired: "this link has expired",
  "used-up": "this link has let in as many as it may",
  refused: "you were not let in",
};

/** A group that was asked for, as a line. */
export function askWords({ title, state }: GroupAskView): string {
  return `${printableLine(title)}  ${ASK_WORDS[state]}`;
}
