/*
 * `station remove`: deletes one message because an order says so, and says so in the station's log, where nobody can take it
 * back. The station of the folder may run or not; when it runs, it does the work.
 */
import { removeEntry } from "@chapar/station/node";
import { logId, parseIdText } from "@chapar/wire";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";
import { dataFolder } from "./up.ts";

const LOG_BYTES = 32;

interface RemoveOptions {
  readonly reason: string;
  readonly reference: string;
  readonly data?: string;
}

export async function remove(
  run: Run,
  named: { readonly log: string; readonly index: string },
  options: RemoveOptions,
): Promise<ExitCode> {
  const id = parseIdText(named.log, LOG_BYTES);
  const index = Number(named.index);
  if (id === undefined || !/^\d+$/.test(named.index) || !Number.isSafeInteger(index)) {
    const problem = id === undefined ? `${named.log} is not the id of a log.` : `${named.index} is not an index.`;
    throw new TermError("term/usage", { problem, command: "station remove " });
  }
  const { reason, reference } = options;
  run.out.progress("Waiting until the station's log has it ...");
  const place = await removeEntry(dataFolder(run.root, options.data), { log: logId(id), index, reason, reference });
  const { generation, ledgerIndex } = place;
  run.out.result(
    { event: "removed", log: named.log, index, generation, ledgerIndex, reference },
    `Entry ${index} is deleted. Leaf ${ledgerIndex} of the station's log says why.`,
  );
  return ExitCode.ok;
}
