/* A station's mirror as a process inside the lab. Started with one JSON argument; says `ready`. */
import { startMirror, systemClock } from "@chapar/carrier/node";

const { host, port } = JSON.parse(process.argv[2] ?? "{}") as { readonly host: string; readonly port: number };
await startMirror({ host, port, clock: systemClock() });
process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);
