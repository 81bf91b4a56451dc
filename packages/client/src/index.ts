/*
 * Door `@chapar/client`: what apps see of the engine, and the engine over ports. Profiles on a real machine are opened by
 * `openClient` of the doors `/node` and `/web`.
 */
export type {
  AttachmentView,
  Client,
  ClientEvent,
  ConversationIdText,
  ConversationView,
  IdentityIdText,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  OutgoingAttachment,
  PersonView,
  ReceiptView,
  RouteView,
  SendState,
  StationView,
} from "./api.ts";
export { CLIENT_CODES, type ClientCode, ClientError, codeOf, isClientError } from "./errors.ts";
export { type EnginePorts, openEngine } from "./engine.ts";
export { previewInvite } from "./preview.ts";
export type { RangeQuery, Store, StoreOp, StoreRow } from "./store/port.ts";
export { sealStore, type Vault, type VaultHolder } from "./store/sealed.ts";
export { type Table, TABLES, type TableShape } from "./store/tables.ts";
