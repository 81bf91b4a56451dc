/* The command line of what a person decides about chats: the list, folders, drafts, blocks, reports (protocol/11-chats.md). */
import type { Command } from "commander";
import { MUTES, muteFor } from "./mute-words.ts";
import { TIMER_NAMES, timerOf } from "./timer-words.ts";
import { type Shelf, waiting } from "./shelf.ts";

type MakeCommand = (usage: string, summary: string, parent?: Command) => Command;
const OFF = ["--off", "take it back"] as const;

/** Adds them; `command` makes one that has a profile. */
export function addChatCommands(shelf: Shelf, command: MakeCommand): void {
  const { run, end } = shelf;
  const chats = command("chats", "Print your chats: pinned ones first, then newest first.")
    .option("--archived", "those in the archive instead")
    .option("--folder <name>", "those of one folder")
    .option("--unread", "those with something unread")
    .action(async (options) => {
      const { listChats } = await import("./commands/chats.ts");
      end(await listChats(run(options), options));
    });
  const decide = (usage: string, summary: string): Command => command(usage, summary, chats).option(...OFF);
  decide("pin <conversation>", "Keep a chat above the others.").action(async (conversation: string, options) => {
    const { decideChat } = await import("./commands/chats.ts");
    end(await decideChat(run(options), conversation, { what: "pinned", is: options.off !== true }));
  });
  decide("archive <conversation>", "Put a chat away until something new comes, or for good when it is mute.").action(
    async (conversation: string, options) => {
      const { decideChat } = await import("./commands/chats.ts");
      end(await decideChat(run(options), conversation, { what: "archived", is: options.off !== true }));
    },
  );
  decide("unread <conversation>", "Mark a chat, so that you come back to it.").action(
    async (conversation: string, options) => {
      const { decideChat } = await import("./commands/chats.ts");
      end(await decideChat(run(options), conversation, { what: "unread", is: options.off !== true }));
    },
  );
  command("mute <conversation> [how]", `Be told of nothing: ${MUTES.join(", ")}.`, chats).action(
    async (conversation: string, how: string | undefined, options) => {
      const { muteChat } = await import("./commands/chats.ts");
      end(await muteChat(run(options), conversation, muteFor(how ?? "always")));
    },
  );
  command(
    "draft <conversation> [text]",
    "Print what was begun in a chat, or keep a text there; an empty one removes it.",
    chats,
  ).action(async (conversation: string, text: string | undefined, options) => {
    const { draftOf } = await import("./commands/chats.ts");
    end(await draftOf(run(options), conversation, text));
  });
  command(
    "timer <conversation> [after]",
    `After how long messages disappear, for everyone: ${TIMER_NAMES.join(", ")}; without it, what holds.`,
    chats,
  ).action(async (conversation: string, after: string | undefined, options) => {
    const { timer } = await import("./commands/chats.ts");
    end(await timer(run(options), conversation, after === undefined ? undefined : timerOf(after)));
  });
  addLater(shelf, command);
  addFolders(shelf, command);
  addBlocks(shelf, command);
}

function addLater({ run, end }: Shelf, command: MakeCommand): void {
  const later = command("later", "Print the messages that wait on this device for their time.").action(
    async (options) => {
      const { listLater } = await import("./commands/later.ts");
      end(await listLater(run(options)));
    },
  );
  command("cancel <message>", "Do not send one of them.", later).action(async (message: string, options) => {
    const { cancelLater } = await import("./commands/later.ts");
    end(await cancelLater(run(options), message));
  });
  command("change <message>", "Give one of them other words or another time.", later)
    .option("--text <text>", "what it says instead")
    .option("--at <time>", "when it leaves instead")
    .action(async (message: string, options) => {
      const { changeLater } = await import("./commands/later.ts");
      end(await changeLater(run(options), message, options));
    });
}

function addFolders({ run, end }: Shelf, command: MakeCommand): void {
  const folders = command("folders", "Print your folders of chats.").action(async (options) => {
    const { listFolders } = await import("./commands/folders.ts");
    end(await listFolders(run(options)));
  });
  command("add <name>", "Make a folder.", folders).action(async (name: string, options) => {
    const { addFolder } = await import("./commands/folders.ts");
    end(await addFolder(run(options), name));
  });
  command("rename <folder> <name>", "Give a folder another name.", folders).action(
    async (folder: string, name: string, options) => {
      const { renameFolder } = await import("./commands/folders.ts");
      end(await renameFolder(run(options), folder, name));
    },
  );
  command("move <folder> <place>", "Put a folder at a place among the others, the first being 1.", folders).action(
    async (folder: string, place: string, options) => {
      const { moveFolder } = await import("./commands/folders.ts");
      end(await moveFolder(run(options), folder, place));
    },
  );
  command("remove <folder>", "Remove a folder; its chats stay.", folders).action(async (folder: string, options) => {
    const { removeFolder } = await import("./commands/folders.ts");
    end(await removeFolder(run(options), folder));
  });
  command("put <folder> <conversation>", "Put a chat into a folder.", folders)
    .option("--off", "take it out")
    .action(async (folder: string, conversation: string, options) => {
      const { putInFolder } = await import("./commands/folders.ts");
      end(await putInFolder(run(options), folder, conversation, options.off !== true));
    });
}

function addBlocks({ run, end }: Shelf, command: MakeCommand): void {
  command("block [person]", "Show nothing more of somebody, and let them open no chat; without a name: who is blocked.")
    .option(...OFF)
    .action(async (person: string | undefined, options) => {
      const { block } = await import("./commands/block.ts");
      end(await block(run(options), person, options.off !== true));
    });
  waiting(
    command("report <message>", "Report one message to the operator of your station, with what shows who wrote it."),
    "the station",
  ).action(async (message: string, options) => {
    const { report } = await import("./commands/report.ts");
    end(await report(run(options), message, options));
  });
}
