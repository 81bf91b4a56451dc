/* The command line of what is done with messages (protocol/5-content.md §6). A MESSAGE is its id, the beginning of it, or ^1 for the newest. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Shelf, waiting } from "./shelf.ts";

/** Adds them; `command` makes one that has a profile. */
export function addTalkCommands(
  { run, end }: Shelf,
  command: (usage: string, summary: string, parent?: Command) => Command,
): void {
  const about = (usage: string, summary: string): Command => waiting(command(usage, summary), "it to leave");
  const bringTopics = () => import("./commands/topics.ts");
  const bringPolls = () => import("./commands/polls.ts");
  const bring = () => import("./commands/talk.ts");

  about("reply <conversation> <message> <text>", "Answer a message; ^1 is the newest, ^2 the one before.").action(
    async (conversation: string, message: string, text: string, options) =>
      end(await (await bring()).reply(run(options), conversation, message, text, options)),
  );
  about("edit <conversation> <message> <text>", "Correct a message of yours.").action(
    async (conversation: string, message: string, text: string, options) =>
      end(await (await bring()).edit(run(options), conversation, message, text, options)),
  );
  about("versions <conversation> <message>", "Print what an edited message said, oldest first.").action(
    async (conversation: string, message: string, options) =>
      end(await (await bring()).versions(run(options), conversation, message, options)),
  );
  about("delete <conversation> <message>", "Delete a message of yours for everyone.")
    .option("--for-me", "any message, on your own devices only")
    .action(async (conversation: string, message: string, options) =>
      end(await (await bring()).erase(run(options), conversation, message, options)),
    );
  about("react <conversation> <message> <emoji>", "React to a message.")
    .option("--off", "take it back")
    .action(async (conversation: string, message: string, emoji: string, options) =>
      end(await (await bring()).react(run(options), conversation, message, emoji, options)),
    );
  about("pins <conversation>", "Print what is pinned for everyone, the newest first.")
    .option("--add <message>", "pin a message")
    .option("--remove <message>", "take a pin away")
    .action(async (conversation: string, options) =>
      end(await (await bring()).pins(run(options), conversation, options)),
    );
  about("forward <conversation> <message> <to>", "Send a message on to another conversation.").action(
    async (conversation: string, message: string, to: string, options) =>
      end(await (await bring()).forward(run(options), conversation, message, to, options)),
  );
  about(
    "poll <conversation> <question> <option...>",
    "Ask everyone in a conversation; who votes for what is seen by all.",
  )
    .option("--multiple", "more than one option may be chosen")
    .action(async (conversation: string, question: string, options: readonly string[], given) =>
      end(await (await bringPolls()).poll(run(given), conversation, { question, options }, given)),
    );
  about(
    "vote <conversation> <message> [option...]",
    "Vote on a poll by number, from 1; no number takes the vote back.",
  ).action(async (conversation: string, message: string, options: readonly string[], given) =>
    end(await (await bringPolls()).vote(run(given), conversation, message, options, given)),
  );
  about("close-poll <conversation> <message>", "Close a poll of yours: votes are counted no more.").action(
    async (conversation: string, message: string, options) =>
      end(await (await bringPolls()).closePoll(run(options), conversation, message, options)),
  );
  about("topics <conversation>", "Print the topics of a conversation, the last written in first.").action(
    async (conversation: string, options) =>
      end(await (await bringTopics()).topics(run(options), conversation, options)),
  );
  about(
    "topic <conversation> <message> [text]",
    "Print the topic that a message begins or is in, or write in it.",
  ).action(async (conversation: string, message: string, text: string | undefined, options) =>
    end(await (await bringTopics()).topic(run(options), conversation, { message, text }, options)),
  );
  command("previews [mode]", "Say or change what may be fetched to show links with a preview: off, ask, on.")
    .option("--via <url>", "an HTTP proxy that everything goes through")
    .option("--no-via", "no proxy any more: the site sees this machine's address")
    .option("--also <range...>", "addresses of your own network that may be fetched from; none takes them back")
    .action(async (mode: string | undefined, options) => {
      const { previews } = await import("./commands/previews.ts");
      end(await previews(run(options), modeOf(mode), options));
    });
  const onOff = (flags: string, says: string): Option => new Option(flags, says).choices(["on", "off"]);
  command("telling", "Say or change what your devices tell others by themselves.")
    .addOption(onOff("--delivered <on|off>", "that messages are on your devices"))
    .addOption(onOff("--read <on|off>", "that you have read them"))
    .addOption(onOff("--typing <on|off>", "that you are typing; off, nobody is seen typing either"))
    .action(async (options) => end(await (await bring()).telling(run(options), options)));
}

/** A mode as it was typed. @throws InvalidArgumentError */
function modeOf(text: string | undefined): "off" | "ask" | "on" | undefined {
  if (text === undefined || text === "off" || text === "ask" || text === "on") return text;
  throw new InvalidArgumentError("It is off, ask or on.");
}
