/* The command line of channels (protocol/20-channels.md). */
import type { Command } from "commander";
import type * as ChannelCommands from "./commands/channel.ts";
import type { ChannelChange } from "./commands/channel.ts";
import { type CommonOptions, type Shelf, waiting } from "./shelf.ts";

type MakeCommand = (usage: string, summary: string, parent?: Command) => Command;
type Options = CommonOptions & { readonly timeout: number };
const WAITS_FOR = "the change to be done";

/** Adds them; `command` makes one that has a profile. */
export function addChannelCommands({ run, end }: Shelf, command: MakeCommand): void {
  const channel = command("channel", "Channels: a few write, many read, and no reader knows of another.");
  const code = async (): Promise<typeof ChannelCommands> => import("./commands/channel.ts");
  const makes = (usage: string, summary: string): Command => waiting(command(usage, summary, channel), WAITS_FOR);
  const change = async (id: string, wanted: ChannelChange, options: Options): Promise<void> =>
    end(await (await code()).changeChannel(run(options), id, wanted, options));
  makes("create <name>", "Make a channel that you lead.")
    .option("--about <text>", "what it is about")
    .option("--open", "anyone with the link reads it; nobody can be taken out")
    .action(async (name: string, options: Options & { readonly about?: string; readonly open?: boolean }) =>
      end(await (await code()).createChannel(run(options), name, options)),
    );
  makes("show <conversation>", "What a channel is, who writes, and how many read.").action(
    async (id: string, options: Options) => end(await (await code()).showChannel(run(options), id, options)),
  );
  makes("readers <conversation>", "Who reads a channel that you lead, and who waits to be let in.").action(
    async (id: string, options: Options) => end(await (await code()).listReaders(run(options), id, options)),
  );
  makes("join <link>", "Read a channel by its link.").action(async (link: string, options: Options) =>
    end(await (await code()).joinChannel(run(options), link, options)),
  );
  makes("link <conversation>", "Make a link that leads into a channel.")
    .option("--days <number>", "it ends after so many days")
    .option("--uses <number>", "it lets in so many people")
    .option("--ask", "you let each person in yourself")
    .action(
      async (
        id: string,
        options: Options & { readonly days?: string; readonly uses?: string; readonly ask?: boolean },
      ) => end(await (await code()).makeChannelLink(run(options), id, options)),
    );
  makes("links <conversation>", "Links that lead into a channel.").action(async (id: string, options: Options) =>
    end(await (await code()).listChannelLinks(run(options), id, options)),
  );
  makes("revoke-link <conversation> <link>", "End a link.").action((id: string, link: string, options: Options) =>
    change(id, { what: "revoke-link", link }, options),
  );
  for (const [what, summary] of [
    ["admit", "Let somebody in who waits."],
    ["refuse", "Do not let somebody in who waits."],
    ["remove", "Take a reader out: they read nothing that comes after."],
    ["writer", "Let a reader write."],
    ["reader", "Let a writer read only."],
  ] as const)
    makes(`${what} <conversation> <person>`, summary).action((id: string, person: string, options: Options) =>
      change(id, { what, person }, options),
    );
  makes("describe <conversation> <name> [about]", "Name a channel, and say what it is about.").action(
    (id: string, name: string, about: string | undefined, options: Options) =>
      change(id, { what: "describe", name, about: about ?? "" }, options),
  );
  makes("leave <conversation>", "Read a channel no more; what was read stays.").action((id: string, options: Options) =>
    change(id, { what: "leave" }, options),
  );
}
