/*
 * The model as lines of the screen. Nothing here keeps state: the same model and size give the same frame, which is what
 * the tests compare. Text of other people passes printable.ts before it is laid out.
 */
import type { ConversationView, MessageView } from "@chapar/client";
import { isAskable, isNothing, noteWords } from "../note-words.ts";
import { printableLine, printableLines } from "../printable.ts";
import { alertSaying } from "../trust-words.ts";
import { doubtWords } from "../link-words.ts";
import { sizeWords } from "../size-words.ts";
import { aboveWords, belowWords, deletedWords, pollWords, previewWords } from "../talk-words.ts";
import { factsWords } from "../transfer-words.ts";
import { peopleWords, restoredWords, stationWords, timeWords } from "../views.ts";
import type { BidiMode } from "./bidi.ts";
import { clip, fit, widthOf } from "./cells.ts";
import { layoutComposer, layoutText, type LaidLine } from "./layout.ts";
import type { ChatModel, Frame, OpenConversation, Size } from "./model.ts";
import { routeLine } from "./route-line.ts";

const MOST_COMPOSER_ROWS = 6;
/** A mark and a space before every line of a message. */
const GUTTER_COLUMNS = 2;
/** Of a name in a sentence. */
const MOST_NAME_COLUMNS = 30;
/** Messages of one writer stand together until this much later. */
const GROUP_MS = 5 * 60_000;

/** Shape first, word in the sub-line, colour last: state is never colour alone. */
const MARKS: Readonly<Record<MessageView["state"], string>> = {
  queued: "◌",
  leaving: "◍",
  "at-station": "✓",
  refused: "✕",
  received: " ",
};

/** Two ticks on a device of theirs, filled when it was read. */
function markOf({ state, deliveredTo, readBy }: MessageView): string {
  if (readBy !== undefined) return "●";
  return deliveredTo === undefined ? MARKS[state] : "⩗";
}

type Paint = (text: string) => string;
interface Paints {
  readonly strong: Paint;
  readonly muted: Paint;
  readonly accent: Paint;
  readonly attention: Paint;
  readonly chosen: Paint;
}

const sgr =
  (code: string): Paint =>
  (text) =>
    text === "" ? "" : `\u001B[${code}m${text}\u001B[0m`;
const plain: Paint = (text) => text;
const COLOURS: Paints = {
  strong: sgr("1"),
  muted: sgr("2"),
  accent: sgr("36"),
  attention: sgr("33"),
  chosen: sgr("7"),
};
const PLAIN: Paints = { strong: plain, muted: plain, accent: plain, attention: plain, chosen: sgr("7") };

/** A line of other people's text in one row: ordered for the screen, clipped. */
function oneLine(text: string, columns: number, mode: BidiMode): string {
  const clipped = clip(printableLine(text), columns);
  return layoutText([clipped], columns, mode)[0]?.text ?? "";
}

/** Left words and right words of a row; the right ones give way. */
function spread(left: string, right: string, columns: number): { readonly left: string; readonly right: string } {
  const room = columns - widthOf(left) - 1;
  return {
    left: clip(left, columns),
    right: room < widthOf(right) ? "" : right.padStart(room + right.length - widthOf(right) + 1),
  };
}

function header(left: string, right: string, size: Size, paint: Paints): string {
  const row = spread(left, right, size.columns);
  return paint.strong(row.left) + paint.muted(row.right);
}

function routeRow({ route }: ChatModel, size: Size, paint: Paints): string {
  const { wells, words } = routeLine(route);
  const calm = route.state === "open" ? paint.accent : paint.attention;
  return `${calm(wells)} ${paint.muted(clip(words, size.columns - widthOf(wells) - 1))}`;
}

const dayWords = (atMs: number): string =>
  new Date(atMs).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" });

function centred(text: string, columns: number): string {
  const clipped = clip(text, columns);
  return " ".repeat(Math.floor((columns - widthOf(clipped)) / 2)) + clipped;
}

function draw(line: LaidLine): string {
  return " ".repeat(line.indent) + line.text;
}

/** One message as rows; `opensGroup` puts the writer and the time above. */
function messageRows(message: MessageView, opensGroup: boolean, model: ChatModel, size: Size, paint: Paints): string[] {
  const columns = Math.max(8, size.columns - GUTTER_COLUMNS);
  const note = noteWords(message);
  if (note !== undefined) {
    const rows = layoutText([note], columns, model.bidi).map((line) => `  ${paint.muted(draw(line))}`);
    return message.gap === undefined ? rows : [...rows, `  ${paint.accent(isAskable(message) ? "/why /ask" : "/why")}`];
  }
  const rows: string[] = [];
  if (opensGroup) {
    const who = message.mine ? "You" : oneLine(message.senderName, columns - 8, model.bidi);
    rows.push(
      `${" ".repeat(GUTTER_COLUMNS)}${(message.mine ? paint.accent : paint.strong)(who)}  ${paint.muted(timeWords(message.writtenAtMs))}`,
    );
  }
  const quiet = (text: string): string[] =>
    layoutText([text], columns, model.bidi).map((line) => `  ${paint.muted(draw(line))}`);
  const gone = deletedWords(message);
  if (gone !== undefined) return [...rows, ...quiet(`(${gone})`)];
  rows.push(...aboveWords(message).map((line) => `  ${paint.muted(oneLine(line, columns, model.bidi))}`));
  const lines = message.text === "" ? [] : layoutText(printableLines(message.text), columns, model.bidi).map(draw);
  for (const { fileName, sizeBytes, facts } of message.attachments) {
    const told = ` ${sizeWords(sizeBytes)}${factsWords(facts)}]`;
    lines.push(`[${oneLine(fileName, columns - told.length - 1, model.bidi)}${told}`);
  }
  const mark = markOf(message);
  const calm = message.state === "refused" || message.state === "queued" ? paint.attention : paint.muted;
  rows.push(...lines.map((line, index) => (index === 0 ? `${calm(mark)} ${line}` : `  ${line}`)));
  rows.push(...doubtWords(message).map((line) => `  ${paint.attention(oneLine(line, columns, model.bidi))}`));
  rows.push(...previewWords(message).flatMap(quiet));
  rows.push(...pollWords(message).map((line) => `    ${oneLine(line, columns - 2, model.bidi)}`));
  const reactions = belowWords(message);
  if (reactions !== undefined) rows.push(`  ${paint.accent(clip(reactions, columns))}`);
  const beside = [message.edited && "edited", message.pinned && "pinned"].filter((word) => word !== undefined);
  if (beside.length > 0) rows.push(...quiet(beside.join(" · ")));
  const restored = restoredWords(message);
  if (restored !== undefined) {
    const laid = layoutText([`↺ ${restored}`], columns, model.bidi);
    rows.push(...laid.map((line) => `  ${paint.attention(draw(line))}`));
  }
  if (message.state === "refused")
    rows.push(`  ${paint.attention(clip(`the station said no (${message.refusal ?? "no reason given"})`, columns))}`);
  return rows;
}

/** Lines that stand for something else than a message begin no group and end one. */
const isNote = (message: MessageView): boolean => noteWords(message) !== undefined;

/** All rows of the loaded messages, with a row for each new day. */
export function conversationRows(open: OpenConversation, model: ChatModel, size: Size): string[] {
  const paint = model.colours ? COLOURS : PLAIN;
  const rows: string[] = [];
  let before: MessageView | undefined;
  for (const message of open.messages) {
    if (isNothing(message)) continue;
    const newDay = before === undefined || dayWords(before.writtenAtMs) !== dayWords(message.writtenAtMs);
    if (newDay) rows.push(paint.muted(centred(`─ ${dayWords(message.writtenAtMs)} ─`, size.columns)));
    const opensGroup =
      before === undefined ||
      isNote(before) ||
      newDay ||
      before.sender !== message.sender ||
      message.writtenAtMs - before.writtenAtMs > GROUP_MS;
    if (opensGroup && !newDay) rows.push("");
    rows.push(...messageRows(message, opensGroup, model, size, paint));
    before = message;
  }
  if (open.view.state === "opening")
    rows.push("", paint.muted(centred("not reached yet; write, it will go when a way opens", size.columns)));
  if (open.view.state === "fault") {
    rows.push("", paint.attention(clip(faultWords(open.view.fault), size.columns)));
  }
  return rows;
}

/** Who is typing: each name is ordered by itself, and of many the first is named. */
function typingWords({ id }: ConversationView, { typists, bidi }: ChatModel): string | undefined {
  const people = typists.get(id) ?? [];
  const [first, second] = people.map(({ name }) => oneLine(name, MOST_NAME_COLUMNS, bidi));
  if (first === undefined) return undefined;
  if (second === undefined) return `${first} is typing…`;
  return people.length === 2
    ? `${first} and ${second} are typing…`
    : `${first} and ${people.length - 1} others are typing…`;
}

function hint(model: ChatModel, open: OpenConversation, size: Size): string {
  if (model.notice !== undefined) return clip(model.notice, size.columns);
  if (open.newBelow > 0) return clip(`↓ ${open.newBelow} new below · End goes there`, size.columns);
  if (model.panel !== undefined) return clip("Esc back to the conversation", size.columns);
  const typing = typingWords(open.view, model);
  if (typing !== undefined) return clip(typing, size.columns);
  const long = "Enter send · Alt+Enter new line · PgUp back · Ctrl-Y copy · Ctrl-B text order · Esc chats";
  return widthOf(long) <= size.columns ? long : clip("Enter send · Esc chats · /help", size.columns);
}

/** The rows of the screen, counted from the newest. */
function visibleRows(all: readonly string[], scrolledLines: number, rows: number): readonly string[] {
  const scrolled = Math.min(scrolledLines, Math.max(0, all.length - rows));
  return all.slice(Math.max(0, all.length - scrolled - rows), all.length - scrolled);
}

/** Shape, sentence, and the way to the rest, which is never cut off. */
function alertRow({ alert }: OpenConversation, model: ChatModel, size: Size, paint: Paints): string[] {
  if (alert === undefined) return [];
  const way = " /alert";
  const says = oneLine(alertSaying(alert.view, alert.person), size.columns - 2 - way.length, model.bidi);
  return [paint.attention(`! ${says}`) + paint.accent(way)];
}

function conversationFrame(model: ChatModel, open: OpenConversation, size: Size, paint: Paints): Frame {
  const composer = layoutComposer(open.composer, size.columns - GUTTER_COLUMNS, model.bidi);
  const composerRows = Math.min(MOST_COMPOSER_ROWS, Math.max(1, size.rows - 6), composer.lines.length);
  const firstShown = Math.max(0, Math.min(composer.row - composerRows + 1, composer.lines.length - composerRows));
  const shownFrom = composer.row < firstShown ? composer.row : firstShown;
  const warning = alertRow(open, model, size, paint);
  const bodyRows = Math.max(1, size.rows - 4 - warning.length - composerRows);
  const body =
    model.panel?.slice(0, bodyRows) ?? visibleRows(conversationRows(open, model, size), open.scrolledLines, bodyRows);
  const [person] = open.view.people;
  // Each name is ordered by itself: a Persian name must not turn the line around it.
  const where = person?.home === undefined ? "" : ` · ${oneLine(stationWords(person.home), size.columns, model.bidi)}`;
  const who = `${oneLine(peopleWords(open.view), size.columns, model.bidi)}${where}`;
  const self = `you: ${oneLine(model.me.name, size.columns, model.bidi)}`;
  const lines = [
    header(who, self, size, paint),
    routeRow(model, size, paint),
    ...warning,
    ...body,
    ...Array.from({ length: bodyRows - body.length }, () => ""),
    paint.muted(hint(model, open, size)),
    paint.muted("─".repeat(size.columns)),
    ...composer.lines
      .slice(shownFrom, shownFrom + composerRows)
      .map((line, index) => `${index === 0 ? paint.accent("›") : " "} ${draw(line)}`),
  ];
  const cursor = {
    row: lines.length - composerRows + composer.row - shownFrom,
    column: GUTTER_COLUMNS + composer.column,
  };
  return { lines, cursor };
}

function listRow(view: ConversationView, chosen: boolean, model: ChatModel, size: Size, paint: Paints): string[] {
  const name = oneLine(peopleWords(view), size.columns - 14, model.bidi);
  const mentions = view.mentions === undefined ? "" : `, @${view.mentions}`;
  const unread = view.unread === 0 ? "" : ` (${view.unread} new${mentions})`;
  const typing = typingWords(view, model);
  const row = spread(
    `${chosen ? "›" : view.alert === undefined ? " " : "!"} ${name}${unread}`,
    view.last === undefined ? "" : timeWords(view.last.writtenAtMs),
    size.columns,
  );
  const preview =
    view.alert !== undefined
      ? "something was noticed here: ./chapar alerts"
      : view.state === "fault"
        ? "a check failed here"
        : view.last === undefined
          ? view.state === "opening"
            ? "not reached yet"
            : "nothing written yet"
          : (noteWords(view.last) ??
            deletedWords(view.last) ??
            `${view.last.mine ? `${markOf(view.last)} ` : ""}${view.last.text === "" ? (view.last.attachments[0]?.fileName ?? "") : view.last.text}`);
  const head = row.left + row.right;
  return [
    chosen ? paint.chosen(fit(head, size.columns)) : view.unread > 0 ? paint.strong(head) : head,
    typing === undefined
      ? paint.muted(`  ${oneLine(preview, size.columns - 2, model.bidi)}`)
      : paint.accent(`  ${clip(typing, size.columns - 2)}`),
  ];
}

function listFrame(model: ChatModel, size: Size, paint: Paints): Frame {
  const bodyRows = Math.max(1, size.rows - 4);
  const perPage = Math.max(1, Math.floor(bodyRows / 2));
  const first = Math.max(0, Math.min(model.selected - perPage + 1, model.conversations.length - perPage));
  const from = Math.min(first, model.selected);
  const rows =
    model.panel ??
    (model.conversations.length === 0
      ? [
          "",
          centred("No conversations yet.", size.columns),
          "",
          centred("i  shows your invite", size.columns),
          centred("o  opens one you were given", size.columns),
        ]
      : model.conversations
          .slice(from, from + perPage)
          .flatMap((view, index) => listRow(view, from + index === model.selected, model, size, paint)));
  const body = rows.slice(0, bodyRows);
  const long = "↑↓ choose · Enter open · i invite · o open an invite · q leave";
  const self = `you: ${oneLine(model.me.name, size.columns, model.bidi)} · ${oneLine(stationWords(model.me.home), size.columns, model.bidi)}`;
  const words = model.notice ?? (widthOf(long) <= size.columns ? long : "Enter open · i invite · q leave");
  const lines = [
    header("Chats", self, size, paint),
    routeRow(model, size, paint),
    ...body,
    ...Array.from({ length: bodyRows - body.length }, () => ""),
    paint.muted("─".repeat(size.columns)),
    paint.muted(clip(words, size.columns)),
  ];
  return { lines, cursor: undefined };
}

/** The screen for a model. Every line fits the size; there are exactly as many as rows. */
export function drawFrame(model: ChatModel, size: Size): Frame {
  const paint = model.colours ? COLOURS : PLAIN;
  const frame =
    model.open === undefined ? listFrame(model, size, paint) : conversationFrame(model, model.open, size, paint);
  return { ...frame, lines: frame.lines.slice(0, size.rows) };
}

function faultWords(code: string | undefined): string {
  if (code === "client/awaits-key")
    return "The group's weekly key has not reached this device; it asks the others to let it in again.";
  return code === "client/unlawful-change"
    ? "A change that may not stand came; writing goes on once the group's founder is online."
    : `A check failed here (${code ?? ""}). Nothing after this is shown.`;
}
