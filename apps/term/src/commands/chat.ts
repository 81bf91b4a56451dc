/* `chat`: the terminal app. This file joins the terminal, the keys and the controller; what is shown is chat/view.ts. */
import { Chat } from "../chat/chat.ts";
import { detectBidi, type BidiMode } from "../chat/bidi.ts";
import { createKeyReader } from "../chat/keys.ts";
import { openScreen } from "../chat/screen.ts";
import { drawFrame } from "../chat/view.ts";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { outgoingFile, outgoingVoice } from "../outgoing-file.ts";
import { ownPicture } from "../picture/own-picture.ts";
import { previewInChat } from "../preview/in-chat.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { attachmentFolder, saveAttachment } from "../save-attachment.ts";

/** How long an Escape waits for the rest of a sequence. */
const ESCAPE_WAIT_MS = 40;

/** How long a conversation that is not on this device yet is looked for at the station. */
const REACH_SECONDS = 10;

interface ChatOptions {
  readonly bidi: BidiMode | "auto";
}

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

export async function chat(run: Run, conversationText: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { stdin, stdout } = run;
  if (!("setRawMode" in stdin) || !stdin.isTTY || !stdout.isTTY || run.out.json)
    throw new TermError("term/no-terminal");
  await using profile = await openJoined(run);
  const { client, me, signal } = profile;
  const first =
    conversationText === undefined ? undefined : (await conversationNamed(profile, conversationText, REACH_SECONDS)).id;

  using screen = openScreen(stdin, stdout);
  const left = Promise.withResolvers<void>();
  let drawing = false;
  const redraw = (): void => {
    // Many changes of one moment make one frame.
    if (drawing) return;
    drawing = true;
    setImmediate(() => {
      drawing = false;
      if (!signal.aborted) screen.draw(drawFrame(app.model, screen.size()));
    });
  };
  const redrawAll = (): void => {
    screen.forget();
    redraw();
  };
  const app = new Chat(
    {
      client,
      signal,
      size: () => screen.size(),
      redraw,
      redrawAll,
      copy: (text) => screen.copy(text),
      leave: () => left.resolve(),
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
    { bidi: options.bidi === "auto" ? detectBidi(run.env) : options.bidi, colours: (run.env["NO_COLOR"] ?? "") === "" },
  );
  const stopKeys = readKeys(stdin, (key) => app.press(key));
  stdout.on("resize", redrawAll);
  signal.addEventListener("abort", () => left.resolve(), { once: true });
  client.connect();
  const unsubscribe = await app.start(first);
  await left.promise;
  unsubscribe();
  stopKeys();
  stdout.off("resize", redrawAll);
  if (!run.signal.aborted) signal.throwIfAborted();
  return ExitCode.ok;
}
