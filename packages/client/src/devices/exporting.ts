/*
 * Chats to read (D-50): one page of HTML and one of JSON for each, in the person's language and direction. The pages have no script, fetch nothing and
 * show whatever people wrote as text.
 */
import { utf8 } from "@chapar/wire/bytes";
import type { ConversationView, MessageView } from "../api.ts";
import type { Member } from "../core.ts";
import { type ConversationRow } from "../conversation/rows.ts";
import type { ExportFile, ExportOptions } from "../devices-api.ts";
import { ClientError } from "../errors.ts";
import type { Views } from "../views.ts";
import { ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import { isOwnRoom } from "./own-room.ts";

const PAGE = 200;
const STYLE =
  "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}" +
  "article{margin:0 0 1rem;padding:.5rem .75rem;border-radius:.5rem;background:#f2f2f0}" +
  "article.mine{background:#e3efe8}header{font-size:.85rem;color:#555}p{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}" +
  "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}article{background:#242424}article.mine{background:#1e2c25}header{color:#aaa}}";

/** Text in HTML: nothing of it is markup. */
export function htmlText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Every line of a conversation, oldest first. */
async function linesOf(views: Views, row: ConversationRow): Promise<readonly MessageView[]> {
  const all: (readonly MessageView[])[] = [];
  for (let before: number | undefined; ;) {
    const page = await views.messages(row, before, PAGE);
    const [first] = page;
    if (first === undefined) return all.toReversed().flat();
    all.push(page.filter(({ gap }) => gap?.entries !== 0));
    before = first.position;
  }
}

function pageOf(chat: ConversationView, lines: readonly MessageView[], options: ExportOptions, nowMs: number): string {
  const { language, direction, words } = options;
  const name = chat.people[0]?.name ?? "";
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const body = lines.map((line) => articleOf(line, options, format)).join("\n");
  return `<!doctype html>
<html lang="${htmlText(language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${htmlText(words.title)}: ${htmlText(name)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1><bdi>${htmlText(name)}</bdi></h1>
<p>${htmlText(words.exportedAt)} <time>${htmlText(format.format(nowMs))}</time></p>
${body}
</body>
</html>
`;
}

function articleOf(line: MessageView, { words }: ExportOptions, format: Intl.DateTimeFormat): string {
  const time = `<span>${htmlText(format.format(line.writtenAtMs))}</span>`;
  if (line.gap !== undefined)
    return `<article class="gap"><p>${htmlText(words.missing)} (${line.gap.entries})</p></article>`;
  if (line.personChange !== undefined) return "";
  const file = line.attachments
    .map(({ fileName }) => `<p>${htmlText(words.file)}: <bdi>${htmlText(fileName)}</bdi></p>`)
    .join("");
  return `<article class="${line.mine ? "mine" : "theirs"}"><header><bdi>${htmlText(line.senderName)}</bdi> · ${time}</header><p dir="auto">${htmlText(line.text)}</p>${file}</article>`;
}

/** A file name of a chat: readable where that is safe, and never the same for two. */
function nameOf(chat: ConversationView): string {
  const readable = (chat.people[0]?.name ?? "").replaceAll(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40);
  return `${readable === "" ? "chat" : readable}-${chat.id.slice(0, 8)}`;
}

/** Files of an export. @throws ClientError `client/unknown-conversation` */
export async function exportChats(
  member: Member,
  views: Views,
  options: ExportOptions,
): Promise<readonly ExportFile[]> {
  const files: ExportFile[] = [];
  for (const row of chosen(member, options)) {
    const chat = await views.conversation(row);
    const lines = await linesOf(views, row);
    const nowMs = member.clock.nowMs();
    const name = nameOf(chat);
    const json = { exportedAtMs: nowMs, id: chat.id, people: chat.people, messages: lines };
    files.push({ name: `${name}.html`, bytes: utf8(pageOf(chat, lines, options, nowMs)) });
    files.push({ name: `${name}.json`, bytes: utf8(`${JSON.stringify(json, undefined, 2)}\n`) });
  }
  return files;
}

function chosen(member: Member, { conversation }: ExportOptions): readonly ConversationRow[] {
  const chats = member.book.all().filter((row) => !isOwnRoom(member, row));
  if (conversation === undefined) return chats.sort((a, b) => b.atMs - a.atMs);
  const bytes = parseIdText(conversation, ID_SIZE_BYTES.conversation);
  const row = bytes === undefined ? undefined : member.book.get(bytes);
  if (row === undefined || isOwnRoom(member, row)) throw new ClientError("client/unknown-conversation");
  return [row];
}
