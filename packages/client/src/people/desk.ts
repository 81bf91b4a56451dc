/* Answers `client.people`. */
import { idText } from "@chapar/wire";
import { OWN_PORTRAIT_KEY } from "../conversation/queue.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { ClientError } from "../errors.ts";
import type { PeopleCalls, PortraitView } from "../people-api.ts";
import { tellProfile } from "../profile/telling.ts";
import { Draft } from "../store/shelf.ts";
import { portraitShelf, portraitType } from "./portraits.ts";

/** The calls about people. */
export class PeopleDesk implements PeopleCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async pictures(): Promise<readonly PortraitView[]> {
    const { own, profile, store } = this.#ports.joined().member;
    const { identity } = profile.row;
    const rows = (await portraitShelf.range(store, {})).map(({ value }) => ({ ...value, mine: false }));
    const all = [{ identity, bytes: own.get(OWN_PORTRAIT_KEY) ?? new Uint8Array(0), mine: true }, ...rows];
    return all.flatMap(({ identity: of, bytes, mine }) => {
      const mediaType = portraitType(bytes);
      return mediaType === undefined ? [] : [{ identity: idText(of), bytes, mediaType, mine }];
    });
  }

  async setPicture(picture: Uint8Array | undefined): Promise<void> {
    const { member, session } = this.#ports.joined();
    const { own, profile, events, store } = member;
    if (picture !== undefined && portraitType(picture) === undefined) throw new ClientError("client/bad-picture");
    const draft = new Draft();
    // One that was taken away is told as an empty one, so it is kept as that.
    own.put(draft, OWN_PORTRAIT_KEY, picture?.slice() ?? new Uint8Array(0));
    profile.change(draft, { nameVersion: profile.row.nameVersion + 1 });
    draft.after(() => events.emit({ type: "portrait", identity: idText(profile.row.identity) }));
    await draft.commit(store);
    await tellProfile(member, (row) => session.kick(row));
  }
}
