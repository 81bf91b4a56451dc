/*
 * What an app sees of the engine: one profile of one device. Both apps are written against this file alone.
 *
 * Every call works without a network: it reads or writes the device's own store and answers from there; what has to travel
 * is queued. Values are snapshots (plain data, safe to clone across a worker border); changes are told by events, which
 * carry ids rather than copies, so that an app decides what to load again.
 */

/** Base32 of 20 bytes: conversation ids as apps, links and the command line write them. */
export type ConversationIdText = string;
/** Base32 of the 20-byte identity id. */
export type IdentityIdText = string;
/** Base64url of the 32-byte MIMI message id. */
export type MessageIdText = string;

/** Who this device is. */
export interface Me {
  readonly identity: IdentityIdText;
  readonly device: string;
  readonly name: string;
  readonly home: StationView;
}

/** A station as a person sees it. */
export interface StationView {
  /** base32 of the station key */
  readonly key: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
  readonly urls: readonly string[];
}

/**
 * The state of the way to the home station. `offline`: no network at all; `seeking`: trying routes; `open`: in use;
 * `refused`: the station was reached and said no (`code` says why).
 */
export interface RouteView {
  readonly state: "idle" | "offline" | "seeking" | "open" | "refused";
  /** kind of the route in use or tried last: `web` */
  readonly kind: string | undefined;
  readonly sinceMs: number;
  /** payload bytes per second over the last ten seconds, both ways */
  readonly bytesPerSecond: number;
  /** messages that wait for a route */
  readonly queued: number;
  readonly code: string | undefined;
}

/** Where one of our own messages stands. */
export type SendState = "queued" | "leaving" | "at-station" | "refused";

/** A person in a conversation. */
export interface PersonView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly home: StationView | undefined;
}

/** A row of the chat list. */
export interface ConversationView {
  readonly id: ConversationIdText;
  /** `opening`: the other side has not been reached yet; writing is possible and queues */
  readonly state: "opening" | "open" | "closed" | "fault";
  readonly people: readonly PersonView[];
  readonly last: MessageView | undefined;
  readonly unread: number;
  readonly atMs: number;
  /** set in state `fault`: the error code of the check that failed, see docs/errors.md */
  readonly fault: string | undefined;
}

/** An attachment as shown before and after it is loaded. */
export interface AttachmentView {
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** One message of a conversation. */
export interface MessageView {
  readonly id: MessageIdText;
  readonly conversation: ConversationIdText;
  /** position in the conversation on this device; stable, without gaps, own queued messages last */
  readonly position: number;
  readonly mine: boolean;
  readonly sender: IdentityIdText;
  readonly senderName: string;
  readonly text: string;
  readonly attachment: AttachmentView | undefined;
  /** the writer's clock */
  readonly writtenAtMs: number;
  /** this device's clock */
  readonly arrivedAtMs: number;
  readonly state: SendState | "received";
  readonly refusal: string | undefined;
  /**
   * Set on a line that is no message but stands for entries that could not be read or shown: the code of why, and how many.
   * `text` is then empty and `mine` false.
   */
  readonly gap?: { readonly code: string; readonly entries: number };
}

/** A checked receipt, as printed and stored. */
export interface ReceiptView {
  readonly message: MessageIdText;
  readonly conversation: ConversationIdText;
  /** base32 of the room's log id */
  readonly log: string;
  readonly index: number;
  /** hex */
  readonly leafHash: string;
  readonly size: number;
  /** hex */
  readonly root: string;
  readonly stationTimeMs: number;
  /** base32 of the key that signed: the room's hub */
  readonly station: string;
  /** base64url of the receipt's bytes: a proof anyone can check */
  readonly proof: string;
}

/** What an app may want to react to. */
export type ClientEvent =
  | { readonly type: "me" }
  | { readonly type: "route"; readonly route: RouteView }
  | { readonly type: "conversation"; readonly conversation: ConversationIdText }
  | {
      readonly type: "message";
      readonly conversation: ConversationIdText;
      readonly message: MessageIdText;
      readonly change: "added" | "changed";
    };

/** What an invite says before it is accepted. */
export interface InvitePreview {
  readonly kind: "station" | "person";
  readonly station: StationView;
  /** the inviter's name, for a personal invite */
  readonly name: string | undefined;
  readonly identity: IdentityIdText | undefined;
}

/** A file to send: bytes and what is told about them. Names and types travel sealed. */
export interface OutgoingAttachment {
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The engine of one profile. Close it to release the store; nothing is lost by not closing. */
export interface Client extends AsyncDisposable {
  /** undefined until `join` */
  me(): Me | undefined;
  route(): RouteView;
  /** Reads an invite without acting on it. @throws ClientError `client/bad-invite` */
  preview(invite: string): InvitePreview;
  /**
   * Makes an identity homed at the invite's station; all on the device, at once.
   * @throws ClientError `client/bad-invite` · `client/already-joined` · `client/bad-name`
   */
  join(invite: string, name: string): Promise<Me>;
  setName(name: string): Promise<void>;
  /** 24 words of rank 0; shown only when the person asks for them. */
  recoveryWords(): Promise<readonly string[]>;
  /** A link that starts a conversation with this person: https://station/#i/… */
  invite(): Promise<string>;
  /**
   * Starts (or finds) the conversation with the inviter; answers at once, also offline.
   * @throws ClientError `client/not-joined` · `client/bad-invite` · `client/own-invite`
   */
  open(invite: string): Promise<ConversationIdText>;
  conversations(): Promise<readonly ConversationView[]>;
  conversation(id: ConversationIdText): Promise<ConversationView | undefined>;
  /** Newest last; `before` is a position. Cost: O(limit). */
  messages(
    id: ConversationIdText,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]>;
  /** Queues a message and answers it as shown. @throws ClientError `client/unknown-conversation` · `client/too-large` · `client/empty` */
  send(
    id: ConversationIdText,
    message: { readonly text: string; readonly attachment?: OutgoingAttachment },
  ): Promise<MessageView>;
  /** Waits for the checked receipt of an own message. @throws ClientError `client/refused`; the signal's reason */
  receipt(message: MessageIdText, options: { readonly signal: AbortSignal }): Promise<ReceiptView>;
  /** Bytes of a message's attachment, from this device or fetched. @throws ClientError `client/not-available` */
  attachment(message: MessageIdText, options: { readonly signal: AbortSignal }): Promise<Uint8Array>;
  /** Everything up to a position has been seen. */
  markRead(id: ConversationIdText, position: number): Promise<void>;
  /** Begins to connect and keeps connected until closed. Idempotent. */
  connect(): void;
  /** Resolves when what the home has now has been read and nothing waits to leave. @throws the signal's reason */
  settled(options: { readonly signal: AbortSignal }): Promise<void>;
  subscribe(listener: (event: ClientEvent) => void): () => void;
}
