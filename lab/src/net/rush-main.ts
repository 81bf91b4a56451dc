/* Somebody in the client's place who opens connections too fast: hellos of a browser to one name in a row, as R11 counts them. */
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { browserHello } from "@chapar/carrier/doctor";

interface RushConfig {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly times: number;
}

const GAP_MS = 100;
const LINGER_MS = 500;
const { host, port, serverName, times } = JSON.parse(process.argv[2] ?? "{}") as RushConfig;
const sockets: Socket[] = [];
for (let time = 0; time < times; time++) {
  const socket = connect({ host, port, noDelay: true }, () =>
    socket.write(browserHello({ serverName, hasEch: false }, randomBytes)),
  );
  socket.on("error", () => undefined);
  sockets.push(socket);
  await delay(GAP_MS);
}
await delay(LINGER_MS);
for (const socket of sockets) socket.destroy();
process.stdout.write(`${JSON.stringify({ event: "rushed" })}\n`);
