/* A person's devices: linking a new one, the list, revoking, recovery, backup and export (protocol/10-devices.md). */
import type { ConversationIdText, IdentityIdText, Me } from "./api.ts";
import { ANSWERS, type CallTable, CHANGES, WAITS } from "./part.ts";

/** One of the person's devices. */
export interface DeviceView {
  /** base32 of its key */
  readonly id: string;
  /** as it was called; empty when nobody said */
  readonly name: string;
  /** the device that answers */
  readonly isThis: boolean;
  /** clock of whoever added it */
  readonly addedAtMs: number;
  /** by its own clock, to the hour; undefined when it never said */
  readonly seenAtMs: number | undefined;
  /** the home: where its inbox rests */
  readonly home: { readonly name: string; readonly region: string };
}

/**
 * How linking stands. `waiting`: the code was not taken yet · `compare`: both show digits · `bringing`: they are the same, and the new
 * device is brought what it needs · `done` · `failed`: `code` says why; a new code is needed.
 */
export interface LinkView {
  readonly state: "waiting" | "compare" | "bringing" | "done" | "failed";
  /** on the new device: what the old one takes, `chapar:d/…` */
  readonly link: string | undefined;
  readonly expiresMs: number;
  /** six of them, once both devices have said what they are made of */
  readonly digits: string | undefined;
  readonly code: string | undefined;
}

/** What lines of history have come to this device, of how many. */
export interface HistoryView {
  readonly done: number;
  readonly total: number;
}

/** What a backup holds. */
export interface BackupView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly madeAtMs: number;
  readonly contacts: number;
  readonly conversations: number;
  readonly messages: number;
  readonly sizeBytes: number;
}

/** How the backup at the home stands. */
export interface BackupState {
  /** when the last one was whole at the home; undefined before the first */
  readonly madeAtMs: number | undefined;
  /** false when this device has nothing that the words unlock a backup with */
  readonly isPossible: boolean;
  /** the home took none the last time: why (a code of `wire/` or `station/`), and when it is tried again */
  readonly refused: { readonly code: string; readonly againAtMs: number } | undefined;
}

/** How an export is to read. */
export interface ExportOptions {
  /** one chat; all when undefined */
  readonly conversation?: ConversationIdText;
  /** BCP 47; texts around the messages are in it */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  /** what stands around messages, in the person's language */
  readonly words: {
    readonly title: string;
    readonly exportedAt: string;
    readonly missing: string;
    readonly file: string;
  };
}

/** A file of an export: its name, one path component, and its bytes. */
export interface ExportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `client.devices`. */
export interface DeviceCalls {
  /** Live devices, this one first. @throws ClientError `client/not-joined` */
  list(): Promise<readonly DeviceView[]>;
  /** @throws ClientError `client/bad-name` · `client/unknown-device` */
  rename(device: string, name: string): Promise<void>;
  /** Revokes another device at once. @throws ClientError `client/unknown-device` · `client/this-device` · `client/no-route` · `client/other-device-first` */
  revoke(device: string): Promise<void>;
  /**
   * On a new device: makes a code for an old one. The station is that of any invite or link of the person's home.
   * @throws ClientError `client/already-joined` · `client/bad-invite` · `client/bad-name`
   */
  ask(invite: string, name: string): Promise<LinkView>;
  /** How this device's asking, or its taking of a code, stands; undefined when there is none. Event `devices` tells of changes. */
  link(): Promise<LinkView | undefined>;
  /** Ends asking and taking. */
  stop(): Promise<void>;
  /**
   * On the old device: takes a code, and resolves when both devices have digits.
   * @throws ClientError `client/bad-code` · `client/other-station` · `client/link-expired` · `client/link-broken` · `client/no-route`; the signal's reason
   */
  take(code: string, options: { readonly signal: AbortSignal }): Promise<LinkView>;
  /** The person said on the old device whether the digits are the same. @throws ClientError `client/no-link` · as `revoke` */
  confirm(isSame: boolean): Promise<LinkView>;
  history(): Promise<HistoryView>;
  /** The words were written down: they go from this device, and the key of the backup stays. */
  forgetWords(): Promise<void>;
  /**
   * On a new device, with every other one gone: brings everything back by the recovery words, from the backup at the home of the invite
   * or from a file. `to`: the invite of a new home, when the one before is gone (protocol/15-moving.md M-40); `invite` may then be the person's own,
   * with which, and without a file, the identity comes back without contacts (M-43).
   * @throws ClientError `client/already-joined` · `client/bad-invite` · `client/bad-words` · `client/no-backup` · `client/bad-backup` · `client/no-route`
   */
  restore(
    from: {
      readonly words: string;
      readonly invite?: string;
      readonly file?: Uint8Array;
      readonly to?: string;
      readonly device: string;
    },
    options: { readonly signal: AbortSignal },
  ): Promise<Me>;
  backupState(): Promise<BackupState>;
  /** Makes a backup at the home now. @throws ClientError `client/no-backup-key` · `client/no-route`; the signal's reason */
  backup(options: { readonly signal: AbortSignal }): Promise<BackupState>;
  /** A backup as a file. @throws ClientError `client/no-backup-key` */
  backupFile(): Promise<Uint8Array>;
  /** Opens all of a backup file with the words, and says what is in it. @throws ClientError `client/bad-words` · `client/bad-backup` */
  verifyBackup(file: Uint8Array, words: string): Promise<BackupView>;
  /** Chats to read: HTML and JSON. @throws ClientError `client/unknown-conversation` */
  exportChats(options: ExportOptions): Promise<readonly ExportFile[]>;
}

/** Its calls. */
export const DEVICE_CALLS: CallTable<DeviceCalls> = {
  list: ANSWERS,
  rename: ANSWERS,
  revoke: CHANGES,
  ask: CHANGES,
  link: ANSWERS,
  stop: ANSWERS,
  take: WAITS,
  confirm: CHANGES,
  history: ANSWERS,
  forgetWords: ANSWERS,
  restore: { repeatable: false, waits: true },
  backupState: ANSWERS,
  backup: WAITS,
  backupFile: ANSWERS,
  verifyBackup: ANSWERS,
  exportChats: ANSWERS,
};
