/* Answers `client.push` by asking the home. */
import type { DeskPorts } from "../desk-ports.ts";
import { ClientError, codeOf } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import type { PushCalls } from "../push-api.ts";

/** The calls about being woken. */
export class PushDesk implements PushCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  #link(): StationLink {
    const link = this.#ports.joined().member.link();
    if (link === undefined) throw new ClientError("client/not-available");
    return link;
  }

  async key(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#link().ask({ type: "push.key" }, "push.key")).key;
    } catch (error) {
      // A home of an earlier version does not know the question.
      if (["station/not-allowed", "wire/unknown-frame"].includes(codeOf(error) ?? "")) return undefined;
      throw error;
    }
  }

  async put(endpoint: string): Promise<void> {
    await this.#link().ask({ type: "push.put", endpoint }, "done");
  }
}
