/* `client.devices` of the in-memory engine. */
import type {
  BackupState,
  BackupView,
  DeviceCalls,
  DeviceView,
  ExportFile,
  HistoryView,
  LinkView,
  Me,
} from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

const HOME = { name: "ایستگاه نمونه", region: "IR" };
const DAY_MS = 86_400_000;

type RestoreFrom = Parameters<DeviceCalls["restore"]>[0];

export class MemoryDevices implements DeviceCalls {
  readonly #changed: () => void;
  #devices: readonly DeviceView[];
  #madeAtMs: number | undefined = Date.now() - DAY_MS / 2;
  #link: LinkView | undefined;
  #history: HistoryView = { done: 0, total: 0 };

  /** @param changed  tells listeners */
  constructor(changed: () => void, nowMs = Date.now()) {
    this.#changed = changed;
    this.#devices = [
      { id: "desk", name: "Firefox, Linux", isThis: true, addedAtMs: nowMs - 90 * DAY_MS, seenAtMs: nowMs, home: HOME },
      {
        id: "phone",
        name: "گوشی سارا",
        isThis: false,
        addedAtMs: nowMs - 12 * DAY_MS,
        seenAtMs: nowMs - 2 * DAY_MS,
        home: HOME,
      },
    ];
  }

  /** How linking stands from now on. */
  setLink(link: LinkView | undefined): void {
    this.#link = link;
    this.#changed();
  }

  setHistory(history: HistoryView): void {
    this.#history = history;
    this.#changed();
  }

  async list(): Promise<readonly DeviceView[]> {
    return this.#devices;
  }

  async rename(id: string, name: string): Promise<void> {
    if (name.trim() === "") throw refusal("client/bad-name");
    this.#devices = this.#devices.map((one) => (one.id === id ? { ...one, name } : one));
    this.#changed();
  }

  async revoke(id: string): Promise<void> {
    this.#devices = this.#devices.filter((one) => one.id !== id);
    this.#changed();
  }

  async ask(invite: string): Promise<LinkView> {
    if (invite.trim() === "") throw refusal("client/bad-invite");
    const expiresMs = Date.now() + 600_000;
    const link = `chapar:d/${"Q29kZQ".repeat(30)}`;
    this.#link = { state: "waiting", link, expiresMs, digits: undefined, code: undefined };
    return this.#link;
  }

  async link(): Promise<LinkView | undefined> {
    return this.#link;
  }

  async stop(): Promise<void> {
    this.#link = undefined;
  }

  async take(code: string): Promise<LinkView> {
    if (!code.startsWith("chapar:d/")) throw refusal("client/bad-code");
    this.#link = {
      state: "compare",
      link: undefined,
      expiresMs: Date.now() + 500_000,
      digits: "407 213".replace(" ", ""),
      code: undefined,
    };
    return this.#link;
  }

  async confirm(isSame: boolean): Promise<LinkView> {
    if (this.#link === undefined) throw refusal("client/no-link");
    this.#link = isSame
      ? { ...this.#link, state: "done" }
      : { ...this.#link, state: "failed", code: "client/link-refused" };
    return this.#link;
  }

  async history(): Promise<HistoryView> {
    return this.#history;
  }

  /** what was asked to come back with */
  readonly returns: RestoreFrom[] = [];

  async restore(from: RestoreFrom): Promise<Me> {
    this.returns.push(from);
    if (from.words.trim().split(/\s+/u).length !== 24) throw refusal("client/bad-words");
    throw refusal("client/no-backup");
  }

  async backupState(): Promise<BackupState> {
    return { madeAtMs: this.#madeAtMs, isPossible: true, refused: undefined };
  }

  async backup(): Promise<BackupState> {
    this.#madeAtMs = Date.now();
    return this.backupState();
  }

  async backupFile(): Promise<Uint8Array> {
    return new TextEncoder().encode("a backup");
  }

  async verifyBackup(): Promise<BackupView> {
    throw refusal("client/bad-backup");
  }

  async exportChats(): Promise<readonly ExportFile[]> {
    return [{ name: "chat.html", bytes: new TextEncoder().encode("<!doctype html>") }];
  }

  async forgetWords(): Promise<void> {}
}
