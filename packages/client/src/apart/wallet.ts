/*
 * Blind tokens of the home (protocol/18-unlinkability.md §3): got over the account's link ahead of time, spent on lanes. The library that blinds
 * comes with the first of them.
 */
import { openLeafClaim } from "@chapar/evidence";
import { idText, isWireError, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";

/** Tokens that are kept ready. */
const STOCK = 8;

interface TokenRow {
  readonly station: Uint8Array;
  /** as RFC 9577 writes it */
  readonly token: Uint8Array;
}

/** `token`: by hash of the token. */
const tokenShelf: Shelf<TokenRow> = shelf("token", row<TokenRow>(1, fields<TokenRow>({ station: blob, token: blob })));

/** The tokens of this device. */
export class Wallet {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  async #held(station: StationKey): Promise<readonly { readonly key: Uint8Array; readonly value: TokenRow }[]> {
    const all = await tokenShelf.range(this.#member.store, {});
    return all.filter(({ value }) => equalBytes(value.station, station));
  }

  /**
   * Fetches tokens until there is a stock.
   *
   * @param link  of the account
   * @returns `none`: the station gives none; `later`: its key does not stand in its log yet
   * @throws WireError of the station; ClientError `client/unlogged-key` · `client/bad-proof` for a token that does not verify
   */
  async stock(link: StationLink): Promise<"ready" | "later" | "none"> {
    const { station } = link.hello;
    const key = await this.#key(link);
    if (key === "none" || key === "later") return key;
    const { makeToken } = await import("./blinding.ts");
    for (let left = STOCK - (await this.#held(station)).length; left > 0; left--) {
      const token = await makeToken(idText(station), key, async (request) => {
        const answer = await link.ask({ type: "token.issue", request }, "token");
        return answer.issued;
      });
      if (token === undefined) throw new ClientError("client/bad-proof");
      const draft = new Draft();
      tokenShelf.put(draft, this.#member.sha256(token), { station, token });
      await draft.commit(this.#member.store);
    }
    return "ready";
  }

  /** The station's key, once its log has it: who were given a key of their own would be known by every token of it (U-11). */
  async #key(link: StationLink): Promise<Uint8Array | "later" | "none"> {
    const { sha256, evidence } = this.#member;
    let shown;
    try {
      shown = await link.ask({ type: "token.issue", request: new Uint8Array(0) }, "token");
    } catch (error) {
      if (isWireError(error, "station/not-allowed") || isWireError(error, "wire/unknown-frame")) return "none";
      throw error;
    }
    const { issued, index } = shown;
    if (index === undefined) return "later";
    const key = issued.slice();
    const claim = await link.ask({ type: "ledger.leaf", at: undefined, index }, "ledger.leaf");
    const opened = await openLeafClaim(claim, link.hello.station, evidence);
    const isLogged =
      opened.ok && opened.value.leaf.kind === "token-key" && equalBytes(opened.value.leaf.id, sha256(key));
    if (!isLogged) throw new ClientError("client/unlogged-key");
    return key;
  }

  /** Spends one on a lane, on which one thing may be made then; false where there is none. @throws WireError of the station */
  async spend(lane: StationLink): Promise<boolean> {
    for (const { key, value } of await this.#held(lane.hello.station)) {
      // First it is gone here: a token that is shown twice would join two links.
      const draft = new Draft();
      tokenShelf.remove(draft, key);
      await draft.commit(this.#member.store);
      try {
        await lane.ask({ type: "token.spend", token: value.token }, "done");
        return true;
      } catch (error) {
        // Of a key that the station has no more, or spent by a copy of this profile: the next one.
        if (!isWireError(error, "station/token-refused")) throw error;
      }
    }
    return false;
  }
}
