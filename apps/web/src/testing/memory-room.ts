/* A chat of the in-memory engine. */
import type { ConversationView, MessageView, OutgoingFile, PersonView, SendState } from "../state/client-types.ts";

export interface MessageSpec {
  readonly text?: string;
  readonly mine?: boolean;
  readonly atMs?: number;
  readonly state?: SendState;
  readonly files?: readonly OutgoingFile[];
  readonly more?: Omit<Partial<MessageView>, "id" | "position" | "mine" | "state">;
  /** of a group: who wrote it; by default the first of the others */
  readonly from?: PersonView;
}

export interface Room {
  readonly id: string;
  people: readonly PersonView[];
  state: ConversationView["state"];
  readonly rows: MessageView[];
  readTo: number;
  fault: string | undefined;
  createdMs: number;
}
