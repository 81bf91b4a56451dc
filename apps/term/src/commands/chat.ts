/* `chat`: the terminal app. This file joins the terminal, the keys and the controller; what is shown is chat/view.ts. */
import type { ConversationIdText } from "@chapar/client";
import { Chat } from "../chat/chat.ts";
import { detectBidi, type BidiMode } from "../chat/bidi.ts";
import { createKeyReader } from "../chat/keys.ts";
import { LockScreen } from "../chat/lock-screen.ts";
import { openScreen, type Screen } from "../chat/screen.ts";
import { drawFrame } from "../chat/view.ts";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { idleMsOf, whenIdle } from "../lock/idle.ts";
import { unlockWith } from "../lock/pass-lock.ts";
import { outgoingFile, outgoingVoice } from "../outgoing-file.ts";
import { ownPicture } from "../picture/own-picture.ts";
import { previewInChat } from "../preview/in-chat.ts";
import { conversationNamed, type JoinedProfile, openJoined } from "../profile.ts";
import type { OpenWith, Run } from "../run.ts";
import { attachmentFolder, saveAttachment } from "../save-attachment.ts";
import { tell } from "../sentences.ts";

/** How long an Escape waits for the rest of a sequence. */
const ESCAPE_WAIT_MS = 40;

/** How long a conversation that is not on this device yet is looked for at the station. */
const REACH_SECONDS = 10;

interface ChatOptions {
  readonly bidi: BidiMode | "auto";
  /** minutes without a key */
  readonly lockAfter?: string;
}

/** How a sitting ended, and in which conversation. */
interface Ended {
  readonly how: "left" | "locked";
  readonly at: ConversationIdText | undefined;
}

/** A sitting: from the moment a profile is open to the moment it is left or locked. */
interface Sitting {
  readonly profile: JoinedProfile;
  readonly screen: Screen;
  readonly stdin: NodeJS.ReadStream;
  readonly first: ConversationIdText | undefined;
  readonly bidi: ChatOptions["bidi"];
  /** undefined: it never locks by itself */
  readonly idleMs: number | undefined;
}

const NO_LOCK = "This profile has no PIN: ./chapar lock on puts one on it.";

/** Hands keys on as they are pressed; a lone Escape after its moment. */
function readKeys(input: NodeJS.ReadStream, onKey: Parameters<typeof createKeyReader>[0]): () => void {
  const reader = createKeyReader(onKey);
  let timer: NodeJS.Timeout | undefined;
  const take = (piece: string): void => {
    clearTimeout(timer);
    reader.feed(piece);
    if (reader.isPending) timer = setTimeout(() => reader.flush(), ESCAPE_WAIT_MS);
  };
  input.setEncoding("utf8");
  input.on("data", take);
  return () => {
    clearTimeout(timer);
    input.off("data", take);
  };
}

/** Whether a PIN stands before the profile of a folder. */
async function isLockable(profileDir: string): Promise<boolean> {
  const { folderLock } = await import("@chapar/client/node");
  return (await folderLock(profileDir, { nowMs: () => Date.now() }).state()) === "locked";
}

/** Many changes of one moment make one frame. */
function once(draw: () => void): () => void {
  let isDrawing = false;
  return () => {
    if (isDrawing) return;
    isDrawing = true;
    setImmediate(() => {
      isDrawing = false;
      draw();
    });
  };
}

/** Chats until the person leaves, or it locks. */
async function sit(run: Run, { profile, screen, stdin, first, bidi, idleMs }: Sitting): Promise<Ended> {
  const { client, me, signal } = profile;
  const ended = Promise.withResolvers<Ended["how"]>();
  let isOver = false;
  const redraw = once(() => {
    if (!signal.aborted && !isOver) screen.draw(drawFrame(app.model, screen.size()));
  });
  const redrawAll = (): void => {
    screen.forget();
    redraw();
  };
  const lock = async (): Promise<string | undefined> => {
    if (!(await isLockable(run.profileDir))) return NO_LOCK;
    ended.resolve("locked");
    return undefined;
  };
  const app = new Chat(
    {
      client,
      signal,
      size: () => screen.size(),
      redraw,
      redrawAll,
      copy: (text) => screen.copy(text),
      leave: () => ended.resolve("left"),
      lock,
      preview: (text, wish) => previewInChat(client, text, wish, { env: run.env, signal }),
      slash: {
        readFile: outgoingFile,
        readVoice: outgoingVoice,
        readPicture: ownPicture,
        saveFile: (message, file, until) => saveAttachment(client, message, file, attachmentFolder(), until),
        get columns() {
          return screen.size().columns;
        },
      },
    },
    me,
    { bidi: bidi === "auto" ? detectBidi(run.env) : bidi, colours: (run.env["NO_COLOR"] ?? "") === "" },
  );
  const idle = whenIdle(idleMs, () => void lock());
  const stopKeys = readKeys(stdin, (key) => {
    idle.touched();
    app.press(key);
  });
  run.stdout.on("resize", redrawAll);
  signal.addEventListener("abort", () => ended.resolve("left"), { once: true });
  client.connect();
  const unsubscribe = await app.start(first);
  const how = await ended.promise;
  isOver = true;
  idle.stop();
  unsubscribe();
  stopKeys();
  run.stdout.off("resize", redrawAll);
  if (!run.signal.aborted) signal.throwIfAborted();
  return { how, at: app.model.open?.view.id };
}

/** Asks for the PIN until it opens. @returns undefined when the person left. @throws TermError `term/no-profile` after the word that wipes */
async function whileLocked(run: Run, screen: Screen, stdin: NodeJS.ReadStream): Promise<OpenWith | undefined> {
  const { optionsOf } = await import("@chapar/client/node");
  const ended = Promise.withResolvers<"left" | "opened" | "gone">();
  let as: OpenWith | undefined;
  const redraw = once(() => screen.draw(lock.frame(screen.size())));
  const lock = new LockScreen({
    try: async (pin) => {
      try {
        const unlocked = await unlockWith(run.profileDir, pin);
        if (unlocked === undefined) return { is: "gone" };
        as = optionsOf(run.profileDir, unlocked);
        return { is: "opened" };
      } catch (error) {
        return { is: "refused", says: tell(error).message };
      }
    },
    redraw,
    end: (how) => ended.resolve(how),
  });
  const redrawAll = (): void => {
    screen.forget();
    redraw();
  };
  screen.wipe();
  redraw();
  const stopKeys = readKeys(stdin, (key) => lock.press(key));
  run.stdout.on("resize", redrawAll);
  run.signal.addEventListener("abort", () => ended.resolve("left"), { once: true });
  const how = await ended.promise;
  stopKeys();
  run.stdout.off("resize", redrawAll);
  screen.wipe();
  if (how === "gone") throw new TermError("term/no-profile", { profile: run.profileDir });
  return how === "opened" ? as : undefined;
}

export async function chat(run: Run, conversationText: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { stdin, stdout } = run;
  if (!("setRawMode" in stdin) || !stdin.isTTY || !stdout.isTTY || run.out.json)
    throw new TermError("term/no-terminal");
  const idleMs = idleMsOf(options.lockAfter ?? run.env["CHAPAR_LOCK_AFTER"]);
  let profile: JoinedProfile | undefined = await openJoined(run);
  try {
    if (options.lockAfter !== undefined && !(await isLockable(run.profileDir))) throw new TermError("term/no-lock");
    let first =
      conversationText === undefined
        ? undefined
        : (await conversationNamed(profile, conversationText, REACH_SECONDS)).id;
    using screen = openScreen(stdin, stdout);
    for (;;) {
      const ended: Ended = await sit(run, { profile, screen, stdin, first, bidi: options.bidi, idleMs });
      if (ended.how === "left") return ExitCode.ok;
      // Nothing runs while it is locked.
      await profile[Symbol.asyncDispose]();
      profile = undefined;
      const as = await whileLocked(run, screen, stdin);
      if (as === undefined) return ExitCode.ok;
      profile = await openJoined(run, as);
      first = ended.at;
    }
  } finally {
    await profile?.[Symbol.asyncDispose]();
  }
}
