/* The STUN service of a station: one UDP socket that tells whoever asks how it is seen, seldom enough for any one sender. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { answerStun } from "../snow/stun.ts";

/** Answers for one address in ten seconds; an honest end asks for each of its networks, a few times. */
const MAX_ANSWERS = 40;
const WINDOW_MS = 10_000;
const MAX_SENDERS = 20_000;

/** A service that listens. */
export interface StunServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts the service. @param port 0 for any free one @throws Error `EADDRINUSE` and the like from the socket */
export async function startStunServer(host: string, port: number): Promise<StunServer> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const answered = new Map<string, number>();
  socket.on("message", (request, { address, port: from }) => {
    const count = answered.get(address) ?? 0;
    if (count >= MAX_ANSWERS || (count === 0 && answered.size >= MAX_SENDERS)) return;
    const answer = answerStun(request, address, from);
    if (answer === undefined) return;
    answered.set(address, count + 1);
    socket.send(answer, from, address, () => undefined);
  });
  // What a sender's network says of an answer is not this service's failure.
  socket.on("error", () => undefined);
  socket.bind(port, host);
  await once(socket, "listening");
  const window = setInterval(() => answered.clear(), WINDOW_MS);
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      clearInterval(window);
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
