/* Answers `client.ways` from what the profile knows of its home. */
import type { WayFileView, WayView } from "../api.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { addWayFile, readWayFile, wayFile } from "../profile/way-file.ts";
import { isHighRisk, setHighRisk } from "../apart/high-risk.ts";
import { relaysOf } from "../apart/hidden.ts";
import type { ShieldView, WayCalls } from "../ways-api.ts";

/** The calls about ways. */
export class WayDesk implements WayCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async list(): Promise<readonly WayView[]> {
    const { member, home } = this.#ports.joined();
    return member.routes.ways(member.profile.row.home).map((way) => {
      const state = home.stateOf(way.uri);
      return state === undefined ? way : { ...way, state };
    });
  }

  async add(uri: string): Promise<void> {
    await this.#ports.joined().member.routes.add(uri);
  }

  async remove(uri: string): Promise<void> {
    await this.#ports.joined().member.routes.remove(uri);
  }

  async shield(on?: boolean): Promise<ShieldView> {
    const { member } = this.#ports.joined();
    if (on !== undefined) await setHighRisk(member, on);
    const { routes, profile, way } = member;
    return { on: isHighRisk(member.own), relays: relaysOf(routes.reach(profile.row.home), way.relays === true) };
  }

  async file(): Promise<string> {
    return wayFile(this.#ports.joined().member, await this.#ports.invite());
  }

  async readFile(text: string): Promise<WayFileView> {
    return await readWayFile(this.#ports.core, text);
  }

  async addFile(text: string): Promise<number> {
    return await addWayFile(this.#ports.joined().member, text);
  }
}
