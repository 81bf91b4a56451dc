/* Believing a receipt: signed by the station whose log it is, for that log and exactly the entry that was handed in. */
import { decodeReceipt, type Receipt, type Verified, verifyReceipt } from "@chapar/log";
import type { LogId, StationKey } from "@chapar/wire";
import type { Core } from "../core.ts";
import { ClientError } from "../errors.ts";

/** @throws ClientError `client/wrong-receipt` with the code of what is wrong */
export async function checkReceipt(
  core: Core,
  bytes: Uint8Array,
  of: { readonly station: StationKey; readonly log: LogId; readonly entry: Uint8Array },
): Promise<Verified<Receipt>> {
  const leafHash = core.hasher.leaf(of.entry);
  const decoded = decodeReceipt(bytes, { stationKey: of.station, logId: of.log, leafHash });
  if (!decoded.ok) throw new ClientError("client/wrong-receipt", decoded.code);
  const checked = await verifyReceipt(decoded.value, of.station, core);
  if (!checked.ok) throw new ClientError("client/wrong-receipt", checked.code);
  return checked.value;
}
