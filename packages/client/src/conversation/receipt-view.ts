/* A stored receipt as it is printed; brought when somebody asks for one. */
import { decodeReceipt } from "@chapar/log";
import { idText } from "@chapar/wire";
import { toBase64Url, toHex } from "@chapar/wire/bytes";
import type { ReceiptView } from "../api.ts";
import { ClientError } from "../errors.ts";
import type { ReceiptRow } from "./rows.ts";

/** A stored receipt as it is printed. @throws ClientError `client/bad-profile` */
export function receiptView(message: Uint8Array, row: ReceiptRow): ReceiptView {
  const decoded = decodeReceipt(row.receipt);
  if (!decoded.ok) throw new ClientError("client/bad-profile", decoded.code);
  const { value: receipt } = decoded;
  return {
    message: toBase64Url(message),
    conversation: idText(row.conversation),
    log: idText(receipt.logId),
    index: receipt.index,
    leafHash: toHex(receipt.leafHash),
    size: receipt.size,
    root: toHex(receipt.root),
    stationTimeMs: receipt.batch.timeMs,
    station: idText(receipt.batch.stationKey),
    proof: toBase64Url(row.receipt),
  };
}
