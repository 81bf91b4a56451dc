/* The command line of groups of many people (protocol/12-groups.md). */
import type { Command } from "commander";
import type * as LinkCommands from "./commands/group-links.ts";
import type { GroupChange } from "./commands/group.ts";
import { type CommonOptions, type Shelf, waiting } from "./shelf.ts";

type MakeCommand = (usage: string, summary: string, parent?: Command) => Command;
type Options = CommonOptions & { readonly timeout: number };
const WAITS_FOR = "the change to be done";

/** Adds them; `command` makes one that has a profile. */
export function addGroupCommands({ run, end }: Shelf, command: MakeCommand): void {
  const group = command("group", "Groups of many people: who is in them, and what each may do.");
  const changes = (usage: string, summary: string): Command => waiting(command(usage, summary, group), WAITS_FOR);
  const change = async (conversation: string, wanted: GroupChange, options: Options): Promise<void> => {
    const { changeGroup } = await import("./commands/group.ts");
    end(await changeGroup(run(options), conversation, wanted, options));
  };
  changes("create <title> [people...]", "Make a group with people you are in touch with.")
    .option("--large", "for more than 250 people, up to 1,000")
    .action(async (title: string, people: string[], options: Options & { readonly large?: boolean }) => {
      const { createGroup } = await import("./commands/group.ts");
      end(await createGroup(run(options), title, people, options));
    });
  waiting(command("members <conversation>", "Who is in a group, and what each may do.", group), "the group").action(
    async (conversation: string, options: Options) => {
      const { listMembers } = await import("./commands/group.ts");
      end(await listMembers(run(options), conversation, options));
    },
  );
  changes("add <conversation> <people...>", "Add people you are in touch with.").action(
    (id: string, people: string[], options: Options) => change(id, { what: "add", people }, options),
  );
  changes("remove <conversation> <person>", "Take somebody out: they read nothing that comes after.").action(
    (id: string, person: string, options: Options) => change(id, { what: "remove", person }, options),
  );
  changes("role <conversation> <person> <role>", "Make somebody owner, admin or member.").action(
    (id: string, person: string, role: string, options: Options) => change(id, { what: "role", person, role }, options),
  );
  changes("rename <conversation> <title>", "Name a group.").action((id: string, title: string, options: Options) =>
    change(id, { what: "rename", title }, options),
  );
  addLinkCommands({ run, end }, changes);
  changes("leave <conversation>", "Leave a group: nothing more of it is received.").action(
    (id: string, options: Options) => change(id, { what: "leave" }, options),
  );
}

interface LinkOptions extends Options {
  readonly days?: string;
  readonly uses?: string;
  readonly ask?: boolean;
}

function addLinkCommands(
  { run, end }: Pick<Shelf, "run" | "end">,
  changes: (usage: string, summary: string) => Command,
): void {
  const links = async (): Promise<typeof LinkCommands> => import("./commands/group-links.ts");
  changes("link <conversation>", "Make a link that leads into a group.")
    .option("--days <number>", "it ends after so many days")
    .option("--uses <number>", "it lets in so many people")
    .option("--ask", "you let each person in yourself")
    .action(async (id: string, options: LinkOptions) => end(await (await links()).makeLink(run(options), id, options)));
  changes("links <conversation>", "Links that lead into a group, and who waits to be let in.").action(
    async (id: string, options: Options) => end(await (await links()).listLinks(run(options), id, options)),
  );
  changes("revoke-link <conversation> <link>", "End a link.").action(
    async (id: string, link: string, options: Options) =>
      end(await (await links()).changeLinks(run(options), id, { what: "revoke-link", link }, options)),
  );
  changes("admit <conversation> <person>", "Let somebody in who waits.").action(
    async (id: string, person: string, options: Options) =>
      end(await (await links()).changeLinks(run(options), id, { what: "admit", person }, options)),
  );
  changes("refuse <conversation> <person>", "Do not let somebody in who waits.").action(
    async (id: string, person: string, options: Options) =>
      end(await (await links()).changeLinks(run(options), id, { what: "refuse", person }, options)),
  );
  changes("join <link>", "Ask to come into a group by a link.").action(async (link: string, options: Options) =>
    end(await (await links()).joinGroup(run(options), link, options)),
  );
  changes("asked", "Groups that you asked to come into.").action(async (options: Options) =>
    end(await (await links()).listAsks(run(options), options)),
  );
}
