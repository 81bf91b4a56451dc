import type { Client, ReceiptView } from "@chapar/client";

/** Sara writes to Dara, and waits for the station's signed word that the letter rests there. */
export async function writeLetter(sara: Client, inviteOfDara: string, text: string): Promise<ReceiptView> {
  const conversation = await sara.open(inviteOfDara); // answers at once, also offline
  const message = await sara.send(conversation, { text }); // stored, shown, queued
  sara.connect(); // from here on everything leaves by itself
  return sara.receipt(message.id, { signal: AbortSignal.timeout(60_000) });
}
