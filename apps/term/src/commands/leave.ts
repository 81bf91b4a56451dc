/*
 * `data delete-everything`: the identity ends, the station deletes and signs a receipt, this profile is empty. `data receipt verify` checks such a receipt:
 * offline, without a profile. 0: it holds; 1: it does not.
 */
import { readFile, writeFile } from "node:fs/promises";
import type { LeftView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { leftWords } from "../left-words.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { standardInput } from "../standard-input.ts";
import { withStation } from "../waiting.ts";

/** No receipt is larger. */
const LARGEST_BYTES = 32_768;

/** What is said of a receipt without its bytes. */
const seen = ({ station, atMs, isInLog, rows }: Omit<LeftView, "file">) => ({ station, atMs, isInLog, rows });

/** Deletes everything; `confirm` has to be the own name. Words come on standard input when this device has them no more. */
export async function deleteEverything(
  run: Run,
  options: { readonly confirm: string; readonly receipt: string; readonly timeout: number },
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal, me } = profile;
  if (options.confirm !== me.name) throw new TermError("term/not-confirmed", { name: me.name });
  const hasWords = (await client.recoveryWords()).length > 0;
  const words = hasWords ? undefined : await standardInput(run);
  // The receipt has its place before anything is gone.
  await writeFile(options.receipt, "", { flag: "wx", mode: 0o600 }).catch((cause: unknown) => {
    throw new TermError("term/cannot-write", { path: options.receipt, reason: "is a file there?" }, { cause });
  });
  if (options.timeout > 0)
    await withStation(client, { seconds: options.timeout, signal }, (ending) =>
      client.settled({ signal: ending }),
    ).catch(() => undefined);
  const view = await client.data.deleteEverything(words);
  await writeFile(options.receipt, view.file, { mode: 0o600 });
  run.out.result(
    { event: "left", ...seen(view), receipt: options.receipt },
    `${leftWords(view)}\n\nNothing is left in this profile. The receipt is in ${options.receipt}; anyone can check it with: ./chapar data receipt verify ${options.receipt}`,
  );
  return ExitCode.ok;
}

async function receiptBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new TermError("term/no-file", { path, reason: code === "ENOENT" ? "it is not there" : code }, { cause });
  }
}

/** Checks a receipt file with nothing but itself. */
export async function verifyReceipt(run: Run, path: string): Promise<ExitCode> {
  const bytes = await receiptBytes(path);
  const [{ checkReceiptFile, createEvidencePorts, LEFT_CLASSES }, { nodeCrypto }, { idText }] = await Promise.all([
    import("@chapar/evidence"),
    import("@chapar/e2e/node"),
    import("@chapar/wire"),
  ]);
  const crypto = nodeCrypto();
  const ports = createEvidencePorts(
    (piece) => crypto.sha256(piece),
    async (key, message, signature) => crypto.ed25519.verify(key, message, signature),
  );
  const checked =
    bytes.byteLength > LARGEST_BYTES
      ? ({ ok: false, code: "evidence/malformed" } as const)
      : await checkReceiptFile(bytes, ports);
  if (!checked.ok) {
    run.out.result(
      { event: "receipt", holds: false, code: checked.code },
      `This receipt does not hold (${checked.code}). It was changed, or no station signed it.`,
    );
    return ExitCode.notProven;
  }
  const { word, isInLog } = checked.value;
  const rows = LEFT_CLASSES.map((of) => ({ of, ...word.amounts[of] }));
  const view = { station: idText(word.station), atMs: word.timeMs, isInLog, rows };
  run.out.result({ event: "receipt", holds: true, ...view }, leftWords(view));
  return ExitCode.ok;
}
