/*
 * How bodies leave the database. A chunk whose bodies are all gone moves out of `chunks` into `husks`, where rows of leaf
 * hashes, heads and ranges lie close together; the pages it leaves are free for the next messages. A chunk of which
 * something is left stays where it is with empty entries in the gaps. So does the last chunk of a log, which says what
 * the log's size is, until another follows. Deleted bytes are overwritten where they stood (secure_delete); what
 * SQLite copied while it rearranged pages goes when those pages are written again.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ByteWriter } from "@chapar/wire/bytes";
import { Bug } from "../errors.ts";
import { isBlank, withoutBodies } from "../store/body-runs.ts";
import type { HoleRow } from "./sqlite-hole-schema.ts";
import { unpackList } from "./sqlite-rows.ts";

interface BodyRow {
  readonly number: number;
  readonly first: number;
  readonly size: number;
  readonly entries: Uint8Array;
}

const STEPS = {
  log: "SELECT number FROM logs WHERE id = ?",
  last: "SELECT first FROM chunks WHERE log = ? ORDER BY first DESC LIMIT 1",
  touched: `SELECT number, first, size, entries FROM chunks WHERE log = ?1 AND first < ?3
    AND first >= coalesce((SELECT max(first) FROM chunks WHERE log = ?1 AND first < ?2), 0) ORDER BY first`,
  before:
    "SELECT first, size, status, generation, ledger FROM holes WHERE log = ?1 AND first < ?2 ORDER BY first DESC LIMIT 1",
  widen: "UPDATE holes SET size = ?3 WHERE log = ?1 AND first = ?2",
  close: "DELETE FROM holes WHERE log = ?1 AND first = ?2",
  hollow: "UPDATE chunks SET entries = ?2 WHERE number = ?1",
  husk: "INSERT INTO husks SELECT log, first, size, range, head, leaves, number FROM chunks WHERE number = ?",
  drop: "DELETE FROM chunks WHERE number = ?",
} as const;

/**
 * What follows a `hole` row in the same transaction: bodies go, chunks without any become husks, holes that touch become one.
 *
 * Cost: reads and writes the chunks of the hole, and the one before it.
 */
export function createDigger(db: DatabaseSync): (log: Uint8Array, first: number, count: number) => void {
  const { log: findLog, ...steps } = STEPS;
  const find = db.prepare(findLog);
  const run = Object.fromEntries(Object.entries(steps).map(([name, sql]) => [name, db.prepare(sql)])) as {
    readonly [Name in keyof typeof steps]: StatementSync;
  };
  const join = (log: number, first: number, count: number): void => {
    const rows = [run.before.get(log, first + count), run.before.get(log, first)] as unknown as [HoleRow, HoleRow?];
    const [made, before] = rows;
    const joins = before !== undefined && before.first + before.size === first && before.status === made.status;
    if (!joins || made.ledger !== null) return;
    run.close.run(log, first);
    run.widen.run(log, before.first, before.size + count);
  };
  return (id, first, count) => {
    const log = (find.get(id) as { readonly number: number } | undefined)?.number;
    if (log === undefined) throw new Bug("a hole in no log");
    join(log, first, count);
    const last = (run.last.get(log) as { readonly first: number } | undefined)?.first;
    // The chunk before the hole is looked at as well: it may have been the log's last when its bodies went.
    for (const row of run.touched.all(log, first, first + count) as unknown as BodyRow[]) {
      const entries = withoutBodies(row.first, unpackList(row.entries), { first, count });
      if (isBlank(entries) && row.first !== last) {
        run.husk.run(row.number);
        run.drop.run(row.number);
      } else if (row.first + row.size > first) {
        run.hollow.run(row.number, new ByteWriter(64).list(entries, (out, entry) => out.opaque(entry)).finish());
      }
    }
  };
}
