/* Door `@chapar/e2e/mls`: the MLS implementation alone, for whoever loads it when it is first needed. */
export { tsMls } from "./ts-mls/ts-mls.ts";
export { openGroupInfo, type OpenedGroupInfo, sealGroupInfo } from "./group-info.ts";
