/* `client.channels` of the in-memory engine. */
import type {
  ChannelCalls,
  ChannelInviteView,
  ChannelLinkTerms,
  ChannelView,
  ClientEvent,
  Me,
  NewChannel,
  PersonView,
  ReadersAsked,
  ReadersPage,
} from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

interface Rooms {
  me(): Me | undefined;
  addRoom(person: PersonView, state?: "open" | "closed"): string;
  emit(event: ClientEvent): void;
}

export class MemoryChannels implements ChannelCalls {
  readonly #rooms: Rooms;
  readonly #channels = new Map<string, ChannelView>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Test side: a channel as it is from now on. */
  put(channel: ChannelView): void {
    this.#channels.set(channel.conversation, channel);
    this.#rooms.emit({ type: "conversation", conversation: channel.conversation });
  }

  /** Test side: what is known of a channel. */
  of(id: string): ChannelView | undefined {
    return this.#channels.get(id);
  }

  #led(id: string): ChannelView {
    const channel = this.#channels.get(id);
    if (channel === undefined) throw refusal("client/unknown-conversation");
    if (!channel.leads) throw refusal("client/not-your-role");
    return channel;
  }

  async create({ name, about = "", open = false }: NewChannel): Promise<string> {
    if (name.trim() === "") throw refusal("client/bad-title");
    const conversation = this.#rooms.addRoom({ identity: "nobody", name: "", home: undefined });
    const own = { identity: this.#rooms.me()?.identity ?? "", name: this.#rooms.me()?.name ?? "", leads: true };
    this.put({
      conversation,
      name,
      about,
      open,
      standing: "in",
      leads: true,
      writes: true,
      readerCount: open ? undefined : 0,
      writers: [own],
      readers: [],
      asks: [],
      links: [],
    });
    return conversation;
  }

  async view(id: string): Promise<ChannelView> {
    const channel = this.#channels.get(id);
    if (channel === undefined) throw refusal("client/unknown-conversation");
    return channel;
  }

  async readers(id: string, { from, limit, name = "" }: ReadersAsked): Promise<ReadersPage> {
    const found = this.#led(id).readers.filter(
      (one) =>
        one.name.toLowerCase().includes(name.trim().toLowerCase()) || one.identity.toLowerCase() === name.toLowerCase(),
    );
    return { count: found.length, readers: found.slice(from, from + limit) };
  }

  async describe(id: string, described: { readonly name: string; readonly about: string }): Promise<void> {
    this.put({ ...this.#led(id), ...described });
  }

  async makeLink(id: string, terms: ChannelLinkTerms): Promise<string> {
    const channel = this.#led(id);
    const name = `link-${channel.links.length + 1}`;
    const url = `chapar:b/${name}.${id}`;
    this.put({ ...channel, links: [...channel.links, { id: name, url, ...terms, used: 0, ended: false }] });
    return url;
  }

  async revokeLink(id: string, link: string): Promise<void> {
    const channel = this.#led(id);
    const links = channel.links.map((one) => (one.id === link ? { ...one, ended: true } : one));
    this.put({ ...channel, links });
  }

  async readLink(text: string): Promise<ChannelInviteView> {
    if (!/(?:chapar:|#)b\//u.test(text)) throw refusal("client/bad-invite");
    const about = "What happens up there";
    const said = { name: "Mountain news", about, by: "Sara", open: false, approval: false, expiresMs: 0 };
    const here = [...this.#channels.values()].find(({ standing, leads }) => standing === "in" && !leads);
    return { ...said, conversation: here?.conversation };
  }

  async join(text: string): Promise<string> {
    const { name, about, conversation: here, open } = await this.readLink(text);
    if (here !== undefined) return here;
    const conversation = this.#rooms.addRoom({ identity: "nobody", name: "", home: undefined }, "closed");
    const standing = { standing: "in", leads: false, writes: false, readerCount: 128 } as const;
    const sara = { identity: "id-Sara", name: "Sara", leads: true };
    const nothing = { readers: [], asks: [], links: [] };
    this.put({ conversation, name, about, open, ...standing, writers: [sara], ...nothing });
    return conversation;
  }

  async admit(id: string, person: string): Promise<void> {
    const channel = this.#led(id);
    const found = channel.asks.find(({ identity }) => identity === person);
    if (found === undefined) throw refusal("client/unknown-person");
    const { identity, name, atMs: sinceMs } = found;
    const readers = [...channel.readers, { identity, name, sinceMs, writes: false, going: false }];
    const asks = channel.asks.filter((one) => one !== found);
    this.put({ ...channel, readers, asks, readerCount: readers.length });
  }

  async refuse(id: string, person: string): Promise<void> {
    const channel = this.#led(id);
    this.put({ ...channel, asks: channel.asks.filter(({ identity }) => identity !== person) });
  }

  async remove(id: string, people: readonly string[]): Promise<void> {
    const channel = this.#led(id);
    const readers = channel.readers.filter(({ identity }) => !people.includes(identity));
    if (readers.length === channel.readers.length) throw refusal("client/unknown-person");
    this.put({ ...channel, readers, readerCount: readers.length });
  }

  async setWriter(id: string, person: string, writes: boolean): Promise<void> {
    const channel = this.#led(id);
    const found = channel.readers.find(({ identity }) => identity === person);
    if (found === undefined) throw refusal("client/unknown-person");
    const readers = channel.readers.map((one) => (one === found ? { ...one, writes } : one));
    const others = channel.writers.filter(({ identity }) => identity !== person);
    const writer = { identity: person, name: found.name, leads: false };
    this.put({ ...channel, readers, writers: writes ? [...others, writer] : others });
  }

  async leave(id: string): Promise<void> {
    const channel = await this.view(id);
    if (channel.leads) throw refusal("client/not-your-role");
    this.put({ ...channel, standing: "left", writes: false });
  }
}
