/*
 * Door `@chapar/client`: what apps see of the engine, and the engine over ports. Profiles on a real machine are opened by
 * `openClient` of the doors `/node` and `/web`.
 */
export type {
  AlertCode,
  AttachmentView,
  ClientEvent,
  ConversationIdText,
  ConversationView,
  GroupLineView,
  GroupSummary,
  IdentityIdText,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  RemovalView,
  OutgoingMessage,
  PersonChange,
  PersonView,
  ReceiptView,
  RoleView,
  RouteView,
  SendState,
  StationView,
  TypistView,
  WayFileView,
  WayView,
} from "./api.ts";
export type { Client } from "./client-api.ts";
export { ANSWERS, type CallTable, type CallTraits, CHANGES, WAITS } from "./part.ts";
export { CLIENT_PARTS, type ClientParts, type PartName, partsOver } from "./parts.ts";
export type { TalkCalls, TopicPage } from "./talk-api.ts";
export type {
  MentionView,
  NamedPerson,
  OutgoingMention,
  ReactionView,
  ReplyView,
  TalkOptions,
  TalkView,
  TellingView,
  TopicIdText,
  TopicView,
  VersionView,
  OutgoingPoll,
  PollOptionView,
  OutgoingPreview,
  PollView,
  PreviewingView,
  PreviewView,
} from "./talk-views.ts";
export type {
  BackupState,
  BackupView,
  DeviceCalls,
  DeviceView,
  ExportFile,
  ExportOptions,
  HistoryView,
  LinkView,
} from "./devices-api.ts";
export {
  type BlockedView,
  type ChatCalls,
  type ChatView,
  type FolderIdText,
  type FolderView,
  MUTED_ALWAYS_MS,
  type MuteFor,
  type ReportView,
  type ScheduledIdText,
  type ScheduledView,
} from "./chats-api.ts";
export type {
  DataCalls,
  DataCategory,
  DataRowView,
  DataView,
  IslandView,
  LeftRowView,
  LeftView,
  MoveView,
  PolicyView,
  SeenOfData,
} from "./data-api.ts";
export type { PeopleCalls, PortraitView } from "./people-api.ts";
export type { PushCalls } from "./push-api.ts";
export type { FoundStretch, MediaKind, SearchCalls, SearchHit, SearchPage, SearchQuery } from "./search-api.ts";
export type {
  GroupAskView,
  GroupCalls,
  GroupInviteView,
  GroupLinkTerms,
  GroupLinkView,
  GroupPersonView,
  GroupRights,
  GroupView,
  JoinRequestView,
} from "./group-api.ts";
export type {
  ChannelAskView,
  ChannelCalls,
  ChannelInviteView,
  ChannelLinkTerms,
  ChannelLinkView,
  ChannelReaderView,
  ChannelStandingView,
  ChannelView,
  ChannelWriterView,
  NewChannel,
  ReadersAsked,
  ReadersPage,
} from "./channel-api.ts";
export type { ShieldView, WayCalls } from "./ways-api.ts";
export type { BlobBytes, FileOrigin, FileView, MediaCalls, MediaSettings, OutgoingFile } from "./media-api.ts";
export type { FileKind, MediaFacts, TransferView } from "./media-views.ts";
export type { FileSource, FileTarget, HeldFile, MediaPlatform, PieceShelf } from "./media/ports.ts";
export type { AlertView, IncidentView, SafetyView, TakenBackView, TrustCalls, WatchView } from "./trust-api.ts";
export { CLIENT_CODES, type ClientCode, ClientError, codeOf, isClientError } from "./errors.ts";
export { openEngine } from "./engine.ts";
export type { EnginePorts } from "./engine-parts.ts";
export { previewInvite } from "./preview.ts";
export type { RangeQuery, Store, StoreOp, StoreRow } from "./store/port.ts";
export { sealStore, type Vault, type VaultHolder } from "./store/sealed.ts";
export { type Table, TABLES, type TableShape } from "./store/tables.ts";
