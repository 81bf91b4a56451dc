/* The doctor as a process in the client's place: the look that `chapar doctor --wide` takes, told as one JSON line. */
import { encodeCode, judge, lookAround, type LookPlan, meaningOf } from "@chapar/carrier/doctor";
import { nodeLookPorts } from "@chapar/carrier/node";
import { sessionCarriers } from "@chapar/client/node";

const plan = JSON.parse(process.argv[2] ?? "{}") as LookPlan;
const begunMs = performance.now();
const seen = await lookAround(plan, nodeLookPorts(sessionCarriers({})), new AbortController().signal);
const judgement = judge(seen);
const code = encodeCode(meaningOf(seen, judgement));
const tookMs = Math.round(performance.now() - begunMs);
process.stdout.write(`${JSON.stringify({ event: "looked", seen, judgement, code, tookMs })}\n`);
process.exit(0);
