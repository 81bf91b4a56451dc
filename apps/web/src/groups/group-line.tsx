/* A line that tells what became of a group: small, muted, in the middle. */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { MessageView } from "../state/client-types.ts";
import { me } from "../state/engine.ts";
import css from "./group-line.module.css";

type Line = NonNullable<MessageView["group"]>;

/** What a line says. @param who  whoever did it */
export function groupLineText({ what, people, text }: Line, who: string): string {
  const own = me.value?.identity;
  const named = people.map(({ identity, name }) => (identity === own ? t("groupYou") : plainName(name)));
  const names = named.map((name) => (name === "" ? t("groupSomebody") : name)).join(t("listComma"));
  switch (what) {
    case "created":
      return t("groupLineCreated", { name: who, title: plainName(text) });
    case "added":
      return t("groupLineAdded", { name: who, people: names });
    case "removed":
      return t("groupLineRemoved", { name: who, people: names });
    case "left":
      return t("groupLineLeft", { people: names });
    case "joined":
      return t("groupLineJoined", { people: names });
    case "owner":
      return t("groupLineOwner", { name: who, people: names });
    case "admin":
      return t("groupLineAdmin", { name: who, people: names });
    case "member":
      return t("groupLineMember", { name: who, people: names });
    case "renamed":
      return t("groupLineRenamed", { name: who, title: plainName(text) });
    case "members-add":
      return t("groupLineMembersAdd", { name: who });
    case "admins-add":
      return t("groupLineAdminsAdd", { name: who });
    case "link-made":
      return t("groupLineLinkMade", { name: who });
    case "link-revoked":
      return t("groupLineLinkRevoked", { name: who });
    case "unlawful":
    default:
      return t("groupLineUnlawful", { name: who });
  }
}

export function GroupLine({ message }: { readonly message: MessageView }): JSX.Element {
  const { group, mine, senderName } = message;
  const who = mine ? t("groupYou") : plainName(senderName) || t("groupSomebody");
  return (
    <p class={css.line} data-tone={group?.what === "unlawful" ? "attention" : undefined}>
      {group === undefined ? "" : groupLineText(group, who)}
    </p>
  );
}
