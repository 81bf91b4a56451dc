/*
 * The engine's types, in one place: the app knows the engine by these names only, so that it can move behind a worker
 * border without a screen noticing.
 */
export type {
  AlertCode,
  AlertView,
  AttachmentView,
  Client,
  ClientEvent,
  ConversationView,
  IncidentView,
  InvitePreview,
  Me,
  MessageView,
  OutgoingAttachment,
  PersonChange,
  PersonView,
  ReceiptView,
  RouteView,
  SafetyView,
  SendState,
  StationView,
  WatchView,
  WayCalls,
  WayFileView,
  WayView,
} from "@chapar/client";
