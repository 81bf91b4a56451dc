/*
 * The engine's types, in one place: the app knows the engine by these names only, so that it can move behind a worker
 * border without a screen noticing.
 */
export type {
  AttachmentView,
  Client,
  ClientEvent,
  ConversationView,
  InvitePreview,
  Me,
  MessageView,
  OutgoingAttachment,
  PersonView,
  ReceiptView,
  RouteView,
  SendState,
  StationView,
} from "@chapar/client";
