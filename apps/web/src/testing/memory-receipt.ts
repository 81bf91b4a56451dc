/* A receipt of the in-memory engine: nothing in it is true but where it belongs. */
import type { MessageView, ReceiptView } from "../state/client-types.ts";

export function receiptOf(row: MessageView, station: string): ReceiptView {
  return {
    message: row.id,
    conversation: row.conversation,
    log: "mq7vt4wzpa2bknexr5yhjd3cgofs6uil7a2qk4n5w3e6r7tyhgfd",
    index: row.position + 3,
    leafHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    size: row.position + 9,
    root: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    stationTimeMs: row.writtenAtMs + 400,
    station: station,
    proof: "cHJvb2Y",
  };
}
