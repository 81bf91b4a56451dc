/*
 * What was shown together on one link: the account and the rooms that were attended or made. A station's memory has the same for as long as the
 * link is open. Heard at the people's end, so that nothing is kept in the station's process that it would not keep by itself.
 */
import { CellReader, type Link } from "@chapar/carrier";
import { nodeCrypto } from "@chapar/e2e/node";
import { decodeFrame, FrameReader, logIdOf, type Request, type StationKey } from "@chapar/wire";

const crypto = nodeCrypto();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

interface Shown {
  account: string | undefined;
  readonly logs: Set<string>;
}

/** All links of all people, as long as they are open. */
export class Ties {
  readonly #open = new Set<Shown>();
  readonly #station: StationKey;

  constructor(station: StationKey) {
    this.#station = station;
  }

  /** Listens to what is asked on a link, and changes nothing. */
  listen(link: Link): void {
    const shown: Shown = { account: undefined, logs: new Set() };
    this.#open.add(shown);
    void link.ended.then(() => this.#open.delete(shown));
    const [reader, cells] = [new FrameReader(), new CellReader()];
    let isPaced = false;
    const send = link.send.bind(link);
    link.send = (chunk) => {
      for (const piece of (isPaced ? cells.push(chunk) : undefined) ?? [chunk.slice()]) {
        for (const bytes of reader.push(piece).frames) {
          const frame = decodeFrame(bytes);
          if (!frame.ok || frame.value.kind !== "request") continue;
          this.#note(shown, frame.value.body);
          // It is the last thing asked before the cells.
          isPaced ||= frame.value.body.type === "cells";
        }
      }
      send(chunk);
    };
  }

  #note(shown: Shown, request: Request): void {
    if (request.type === "account.auth") shown.account = hex(request.identity);
    if (request.type === "log.open" || request.type === "room.mirror") shown.logs.add(hex(request.log));
    if (request.type === "log.create")
      shown.logs.add(hex(logIdOf((bytes) => crypto.sha256(bytes), this.#station, request.genesis)));
  }

  /** Pairs of an account and one of these logs on a link that is open. */
  count(logs: readonly Uint8Array[]): number {
    const known = new Set(logs.map(hex));
    const pairs = [...this.#open].flatMap(({ account, logs: seen }) =>
      account === undefined ? [] : [...seen].filter((log) => known.has(log)).map((log) => `${account} ${log}`),
    );
    return new Set(pairs).size;
  }
}
