/* `client.devices` of the fake engine. */
import type {
  BackupState,
  BackupView,
  DeviceCalls,
  DeviceView,
  ExportFile,
  ExportOptions,
  HistoryView,
  LinkView,
  Me,
  StationView,
} from "@chapar/client";
import { FakeError } from "./fake-error.ts";

const STATION: StationView = { key: "stationkey", name: "Tehran", region: "IR", urls: ["http://127.0.0.1:1"] };
const HOME = { name: "ir.example", region: "IR" };
const NONE: LinkView = { state: "waiting", link: undefined, expiresMs: 600_000, digits: undefined, code: undefined };

export class FakeDevices implements DeviceCalls {
  #devices: readonly DeviceView[] = [
    { id: "thisdevice", name: "Desk", isThis: true, addedAtMs: 0, seenAtMs: 0, home: HOME },
    { id: "otherdevice", name: "Phone", isThis: false, addedAtMs: 0, seenAtMs: undefined, home: HOME },
  ];
  #link: LinkView | undefined;
  hasWords = true;

  async list(): Promise<readonly DeviceView[]> {
    return this.#devices;
  }
  #find(id: string): DeviceView {
    const found = this.#devices.find((device) => device.id === id);
    if (found === undefined) throw new FakeError("client/unknown-device");
    return found;
  }
  async rename(id: string, name: string): Promise<void> {
    const found = this.#find(id);
    this.#devices = this.#devices.map((one) => (one === found ? { ...one, name } : one));
  }
  async revoke(id: string): Promise<void> {
    const found = this.#find(id);
    if (found.isThis) throw new FakeError("client/this-device");
    this.#devices = this.#devices.filter((one) => one !== found);
  }
  async ask(): Promise<LinkView> {
    this.#link = { ...NONE, link: "chapar:d/fake" };
    return this.#link;
  }
  async link(): Promise<LinkView | undefined> {
    if (this.#link?.state === "compare") this.#link = { ...this.#link, state: "done" };
    else if (this.#link?.state === "waiting") this.#link = { ...this.#link, state: "compare", digits: "012345" };
    return this.#link;
  }
  async stop(): Promise<void> {
    this.#link = undefined;
  }
  async take(code: string): Promise<LinkView> {
    if (!code.startsWith("chapar:d/")) throw new FakeError("client/bad-code");
    this.#link = { ...NONE, state: "compare", digits: "012345" };
    return this.#link;
  }
  async confirm(isSame: boolean): Promise<LinkView> {
    if (this.#link === undefined) throw new FakeError("client/no-link");
    const changes = isSame ? ({ state: "done" } as const) : ({ state: "failed", code: "client/link-refused" } as const);
    this.#link = { ...this.#link, ...changes };
    return this.#link;
  }
  async history(): Promise<HistoryView> {
    return { done: 3, total: 3 };
  }
  async restore(from: { readonly words: string; readonly to?: string }): Promise<Me> {
    if (from.words.trim() !== "right words") throw new FakeError("client/bad-words");
    const home = from.to === undefined ? STATION : { ...STATION, name: `of ${from.to}` };
    return { identity: "sara", device: "newdevice", name: "Sara", home };
  }
  async backupState(): Promise<BackupState> {
    return { madeAtMs: 5, isPossible: true, refused: undefined };
  }
  async backup(): Promise<BackupState> {
    return { madeAtMs: 5, isPossible: true, refused: undefined };
  }
  async backupFile(): Promise<Uint8Array> {
    return new TextEncoder().encode("a backup");
  }
  async verifyBackup(file: Uint8Array, words: string): Promise<BackupView> {
    if (words.trim() !== "right words") throw new FakeError("client/bad-words");
    if (new TextDecoder().decode(file) !== "a backup") throw new FakeError("client/bad-backup");
    const counts = { contacts: 2, conversations: 2, messages: 9 };
    return { identity: "sara", name: "Sara", madeAtMs: 5, ...counts, sizeBytes: file.byteLength };
  }
  async exportChats(options: ExportOptions): Promise<readonly ExportFile[]> {
    const text = new TextEncoder().encode(`${options.language} ${options.direction} ${options.conversation ?? "all"}`);
    return [
      { name: "Dara-aaaaaaaa.html", bytes: text },
      { name: "Dara-aaaaaaaa.json", bytes: text },
    ];
  }
  async forgetWords(): Promise<void> {
    this.hasWords = false;
  }
}
