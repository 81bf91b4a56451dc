/* People of a channel by what is typed: a name that one of them alone has, or an identity. */
import type { ChannelAskView, ChannelCalls, ChannelReaderView } from "@chapar/client";
import { TermError } from "./errors.ts";

type Named = Pick<ChannelReaderView, "identity" | "name">;

const PAGE = 500;

/** @throws TermError `term/unknown-person` when nobody or several are called so */
function only(people: readonly Named[], text: string): string {
  const wanted = text.toLowerCase();
  const fits = people.filter(
    ({ identity, name }) => identity.toLowerCase() === wanted || name.toLowerCase() === wanted,
  );
  const [first, ...others] = fits;
  if (first === undefined || others.length > 0) throw new TermError("term/unknown-person", { person: text });
  return first.identity;
}

/** A reader of a channel that one leads. @throws TermError `term/unknown-person` */
export async function readerNamed(channels: ChannelCalls, id: string, text: string): Promise<string> {
  const { readers } = await channels.readers(id, { from: 0, limit: PAGE, name: text });
  return only(readers, text);
}

/** Somebody who waits to be let in. @throws TermError `term/unknown-person` */
export function askNamed(asks: readonly ChannelAskView[], text: string): string {
  return only(asks, text);
}

/** Every reader, page by page. */
export async function* allReaders(channels: ChannelCalls, id: string): AsyncGenerator<ChannelReaderView> {
  for (let from = 0; ; from += PAGE) {
    const { readers, count } = await channels.readers(id, { from, limit: PAGE });
    yield* readers;
    if (from + PAGE >= count) return;
  }
}
