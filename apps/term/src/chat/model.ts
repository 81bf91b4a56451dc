/* What the chat shows, as data: the view draws it, the controller changes it. */
import type { AlertView, ConversationView, Me, MessageView, RouteView, TypistView } from "@chapar/client";
import type { BidiMode } from "./bidi.ts";
import type { Composer } from "./composer.ts";

/** The conversation on the screen. */
export interface OpenConversation {
  readonly view: ConversationView;
  /** what was noticed here and not looked at yet, and the name of whom it is about */
  readonly alert: { readonly view: AlertView; readonly person: string } | undefined;
  /** the newest ones, oldest first */
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
  /** lines between the last message and the bottom of the screen; 0 shows the newest */
  readonly scrolledLines: number;
  /** arrived below what is shown */
  readonly newBelow: number;
  readonly composer: Composer;
}

/** Who is typing, by conversation. */
export type Typists = ReadonlyMap<string, readonly TypistView[]>;

/** Everything on the screen. */
export interface ChatModel {
  readonly me: Me;
  readonly route: RouteView;
  readonly conversations: readonly ConversationView[];
  readonly selected: number;
  readonly open: OpenConversation | undefined;
  readonly typists: Typists;
  readonly bidi: BidiMode;
  /** one line about what was just done, until the next key */
  readonly notice: string | undefined;
  /** lines shown instead of the messages, until the next key: help, an invite */
  readonly panel: readonly string[] | undefined;
  readonly colours: boolean;
}

/** Columns and rows of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Lines for the whole screen, and the cursor's place when something is being written. */
export interface Frame {
  readonly lines: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number } | undefined;
}
