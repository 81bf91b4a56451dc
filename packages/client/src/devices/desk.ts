/* Answers `client.devices`. */
import { decodeBundle, encodeBundle, forgetWords, parseInvite } from "@chapar/e2e";
import { type DeviceId, idText, parseIdText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import type { Me } from "../api.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type {
  BackupState,
  BackupView,
  DeviceCalls,
  DeviceView,
  ExportFile,
  ExportOptions,
  HistoryView,
  LinkView,
} from "../devices-api.ts";
import { ClientError } from "../errors.ts";
import { tellProfile } from "../profile/telling.ts";
import { Draft } from "../store/shelf.ts";
import { meView } from "../views.ts";
import { Asking } from "./asking.ts";
import { backupKey } from "./backup-key.ts";
import { historyProgress } from "./history.ts";
import { deviceName, deviceSeen, putDeviceName } from "./names.ts";
import { ownState } from "./own-ops.ts";
import { DEVICES_PART } from "./part-name.ts";
import { revokeOwn } from "./revoking.ts";
import { Taking } from "./taking.ts";

const DEVICE_BYTES = 32;

/** The calls about devices. */
export class DeviceDesk implements DeviceCalls {
  readonly #ports: DeskPorts;
  #asking: Asking | undefined;
  #taking: Taking | undefined;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async list(): Promise<readonly DeviceView[]> {
    const { member } = this.#ports.joined();
    const { home } = member.profile.row;
    const state = await ownState(member);
    const views = state.devices.map(({ device, addedSeq }) => ({
      id: idText(device),
      name: deviceName(member, device),
      isThis: equalBytes(device, member.device.credential.device),
      addedAtMs: state.ops[addedSeq]?.op.timeMs ?? 0,
      seenAtMs: deviceSeen(member, device),
      home: { name: home.name, region: home.region },
    }));
    return views.sort((a, b) => Number(b.isThis) - Number(a.isThis));
  }

  async #device(text: string): Promise<DeviceId> {
    const { member } = this.#ports.joined();
    const bytes = parseIdText(text, DEVICE_BYTES);
    const { devices } = await ownState(member);
    const found = devices.find(({ device }) => bytes !== undefined && equalBytes(device, bytes));
    if (found === undefined) throw new ClientError("client/unknown-device");
    return found.device;
  }

  async rename(text: string, name: string): Promise<void> {
    const { member } = this.#ports.joined();
    const device = await this.#device(text);
    const clean = cleanName(name);
    if (clean === undefined) throw new ClientError("client/bad-name");
    const draft = new Draft();
    putDeviceName(member, draft, device, clean);
    await draft.commit(member.store);
    member.events.emit({ type: "devices" });
  }

  async revoke(text: string): Promise<void> {
    const { member, session } = this.#ports.joined();
    const device = await this.#device(text);
    if (equalBytes(device, member.device.credential.device)) throw new ClientError("client/this-device");
    const link = member.link();
    if (link === undefined) throw new ClientError("client/no-route");
    await revokeOwn(member, link, device);
    const draft = new Draft();
    member.profile.change(draft, { nameVersion: member.profile.row.nameVersion + 1 });
    await draft.commit(member.store);
    await tellProfile(member, (row) => session.kick(row));
    session.wake(DEVICES_PART);
    member.events.emit({ type: "devices" });
  }

  async ask(invite: string, name: string): Promise<LinkView> {
    const { core, directs, adopt, isJoined } = this.#ports;
    if (isJoined()) throw new ClientError("client/already-joined");
    const clean = cleanName(name);
    if (clean === undefined) throw new ClientError("client/bad-name");
    const parsed = parseInvite(invite, core.sha256);
    if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
    await this.stop();
    const { station } = parsed.value.invite.home;
    this.#asking = await Asking.begin({ core, directs: directs(), station, name: clean, adopt });
    return this.#asking.view;
  }

  async link(): Promise<LinkView | undefined> {
    return Promise.resolve((this.#asking ?? this.#taking)?.view);
  }

  async stop(): Promise<void> {
    this.#asking?.stop();
    this.#asking = undefined;
    this.#taking = undefined;
    return Promise.resolve();
  }

  async take(code: string, { signal }: { readonly signal: AbortSignal }): Promise<LinkView> {
    const { member } = this.#ports.joined();
    const taking = new Taking(member, code);
    this.#taking = taking;
    return taking.meet(signal);
  }

  async confirm(isSame: boolean): Promise<LinkView> {
    const { session } = this.#ports.joined();
    if (this.#taking === undefined) throw new ClientError("client/no-link");
    const view = await this.#taking.confirm(isSame);
    if (isSame) session.wake(DEVICES_PART);
    return view;
  }

  async history(): Promise<HistoryView> {
    return historyProgress(this.#ports.joined().member);
  }

  async restore(
    from: { readonly words: string; readonly invite?: string; readonly file?: Uint8Array; readonly device: string },
    options: { readonly signal: AbortSignal },
  ): Promise<Me> {
    if (this.#ports.isJoined()) throw new ClientError("client/already-joined");
    const { restoreFrom } = await import("./restore-desk.ts");
    const row = await restoreFrom(this.#ports, from, options.signal);
    await this.#ports.adopt(row);
    const { member } = this.#ports.joined();
    return meView(member.profile.row, member.device.credential.device);
  }

  async backupState(): Promise<BackupState> {
    const { member } = this.#ports.joined();
    const { backupMadeAt, backupRefusal } = await import("./backing.ts");
    const isPossible = (await backupKey(member)) !== undefined;
    return { madeAtMs: await backupMadeAt(member), isPossible, refused: await backupRefusal(member) };
  }

  async backup({ signal }: { readonly signal: AbortSignal }): Promise<BackupState> {
    const { member } = this.#ports.joined();
    const link = member.link();
    if (link === undefined) throw new ClientError("client/no-route");
    const { backUp } = await import("./daily.ts");
    signal.throwIfAborted();
    await backUp(member, link);
    return this.backupState();
  }

  async backupFile(): Promise<Uint8Array> {
    const { member } = this.#ports.joined();
    const key = await backupKey(member);
    if (key === undefined) throw new ClientError("client/no-backup-key");
    return (await import("./opening-backup.ts")).backupFile(member, key);
  }

  async verifyBackup(file: Uint8Array, words: string): Promise<BackupView> {
    return (await import("./restore-desk.ts")).verified(this.#ports.core, file, words);
  }

  async exportChats(options: ExportOptions): Promise<readonly ExportFile[]> {
    const { views, member } = this.#ports.joined();
    return (await import("./exporting.ts")).exportChats(member, views, options);
  }

  async forgetWords(): Promise<void> {
    const { member } = this.#ports.joined();
    await backupKey(member);
    const bundle = encodeBundle(forgetWords(decodeBundle(member.profile.row.bundle)));
    const draft = new Draft();
    member.profile.change(draft, { bundle });
    await draft.commit(member.store);
  }
}
