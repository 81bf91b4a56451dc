/* `client.devices` of the in-memory engine. */
import type { DeviceCalls, DeviceView, HistoryView, LinkView } from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

const HOME = { name: "ایستگاه نمونه", region: "IR" };
const DAY_MS = 86_400_000;

export class MemoryDevices implements DeviceCalls {
  readonly #changed: () => void;
  #devices: readonly DeviceView[];
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

  async forgetWords(): Promise<void> {}
}
