/*
 * Just enough of an XMPP client (RFC 6120, 6121, XEP-0045, XEP-0077) to put a server under load: one TCP connection, PLAIN
 * without TLS on loopback, stanzas written as strings, and the stream scanned for what the generator waits for instead of
 * being parsed; the generator must cost less than the server it measures.
 */
import { connect, type Socket } from "node:net";

const DOMAIN = "localhost";
const PASSWORD = "bench";

/** A connected XMPP session. */
export class XmppSession {
  readonly user: string;
  readonly #socket: Socket;
  #held = "";
  #waiting:
    | { readonly text: string; readonly resolve: () => void; readonly reject: (reason: Error) => void }
    | undefined;
  #onBody: ((body: string) => void) | undefined;

  private constructor(user: string, socket: Socket) {
    this.user = user;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#take(chunk));
    socket.on("error", (reason) => this.#waiting?.reject(reason));
  }

  /** Connects, registers the user when asked to, authenticates, binds; sends presence when `online`. */
  static async open(
    port: number,
    user: string,
    options: { readonly register: boolean; readonly online: boolean },
  ): Promise<XmppSession> {
    const socket = connect({ host: "127.0.0.1", port });
    const session = new XmppSession(user, socket);
    const stream = `<?xml version='1.0'?><stream:stream to='${DOMAIN}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
    await session.#ask(stream, "</stream:features>");
    if (options.register) {
      const query = `<iq type='set' id='reg'><query xmlns='jabber:iq:register'><username>${user}</username><password>${PASSWORD}</password></query></iq>`;
      await session.#ask(query, "id='reg'");
    }
    const plain = Buffer.from(`\0${user}\0${PASSWORD}`).toString("base64");
    await session.#ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, "<success");
    await session.#ask(stream, "</stream:features>");
    await session.#ask(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>b</resource></bind></iq>`,
      "id='bind'",
    );
    if (options.online) await session.#ask("<presence/>", "<presence");
    return session;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  #ask(text: string, answer: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { text: answer, resolve, reject };
      this.#socket.write(text);
    });
  }

  #take(chunk: string): void {
    this.#held += chunk;
    if (this.#waiting !== undefined) {
      const at = this.#held.indexOf(this.#waiting.text);
      if (at < 0) {
        if (this.#held.includes("<failure") || this.#held.includes("<stream:error"))
          this.#waiting.reject(new Error(this.#held.slice(0, 400)));
        return;
      }
      this.#held = this.#held.slice(at + this.#waiting.text.length);
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve();
    }
    this.#bodies();
  }

  #bodies(): void {
    let from = 0;
    for (;;) {
      const start = this.#held.indexOf("<body>", from);
      if (start < 0) break;
      const end = this.#held.indexOf("</body>", start);
      if (end < 0) {
        this.#held = this.#held.slice(start);
        return;
      }
      this.#onBody?.(this.#held.slice(start + 6, end));
      from = end + 7;
    }
    // What is left holds no begun body; keep a tail long enough for a tag that is cut in two.
    this.#held = this.#held.slice(Math.max(from, this.#held.length - 16));
  }

  /** Called with the text of each message that arrives. */
  onBody(listener: (body: string) => void): void {
    this.#onBody = listener;
  }

  /** Sends a message to a user (`chat`) or a room (`groupchat`). */
  message(to: string, type: "chat" | "groupchat", body: string): void {
    this.#socket.write(`<message to='${to}' type='${type}'><body>${body}</body></message>`);
  }

  /** Becomes available: stored messages arrive from here on, perhaps before the server's own answer, so none is waited for. */
  available(): void {
    this.#socket.write("<presence/>");
  }

  /** Enters a room, making it when it is new. */
  async enter(room: string): Promise<void> {
    await this.#ask(
      `<presence to='${room}/${this.user}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
      "status code='110'",
    );
  }

  /** Resolves when the server has handled everything sent before: it answers a session's stanzas in order (RFC 6120 §10.1). */
  async ping(): Promise<void> {
    await this.#ask(
      "<iq type='get' id='ping'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
      "id='ping'",
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The bare address of a user. */
export const addressOf = (user: string): string => `${user}@${DOMAIN}`;
