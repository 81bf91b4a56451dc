/* The engine's calls, as apps make them; the values they speak of are in api.ts and trust-api.ts, the parts in parts.ts. */
import type {
  ClientEvent,
  ConversationIdText,
  ConversationView,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  OutgoingMessage,
  ReceiptView,
  RouteView,
} from "./api.ts";
import type { ClientParts } from "./parts.ts";
import type { TrustCalls } from "./trust-api.ts";

/** The engine of one profile. Close it to release the store; nothing is lost by not closing. */
export interface Client extends ClientParts, TrustCalls, AsyncDisposable {
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
  /**
   * A pass to the home's exit, for a tunnel (protocol/8-road.md P-84); waits for the home.
   * @throws ClientError `client/not-joined` · WireError `station/not-allowed` when it has none; the signal's reason
   */
  exitPass(options: { readonly signal: AbortSignal }): Promise<Uint8Array>;
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
  send(id: ConversationIdText, message: OutgoingMessage): Promise<MessageView>;
  /** Waits for the checked receipt of an own message. @throws ClientError `client/refused`; the signal's reason */
  receipt(message: MessageIdText, options: { readonly signal: AbortSignal }): Promise<ReceiptView>;
  /** Everything up to a position has been seen. */
  markRead(id: ConversationIdText, position: number): Promise<void>;
  /** Begins to connect and keeps connected until closed. Idempotent. */
  connect(): void;
  /** Resolves when what the home has now has been read and nothing waits to leave. @throws the signal's reason */
  settled(options: { readonly signal: AbortSignal }): Promise<void>;
  subscribe(listener: (event: ClientEvent) => void): () => void;
}
