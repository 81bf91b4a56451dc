/* Door `@chapar/wire/leaving`: orders of people who leave; apart, because few people ever need them. */
export {
  decodeLeaveOrder,
  encodeLeaveOrder,
  LEAVE_THINGS,
  leaveMessage,
  readerLeavesMessage,
  type LeaveOrder,
  type LeavingBlob,
  type LeavingReader,
} from "./order.ts";
