/* The order of somebody who leaves (protocol/15-moving.md §4). */
import { type Request } from "@chapar/wire";
import { decodeLeaveOrder } from "@chapar/wire/leaving";
import { stationError } from "../errors.ts";
import type { Handler } from "./handler.ts";

/** Deletes what rests here of them; the last order is answered with the receipt. */
export const accountLeave: Handler<Extract<Request, { type: "account.leave" }>> = async (session, { order }) => {
  const decoded = decodeLeaveOrder(order);
  if (!decoded.ok) throw stationError("station/bad-ops");
  const { leavings, deviceGone } = session.services;
  if (leavings === undefined) throw stationError("station/not-allowed");
  const { signature, ...ordered } = decoded.value;
  const receipt = await leavings.leave(session, ordered, signature);
  if (receipt === undefined) return { type: "done" };
  // This link ends by itself: it waits for the proof that its receipt stands in the log.
  session.account = undefined;
  await deviceGone(ordered.identity);
  return { type: "account.left", receipt };
};
