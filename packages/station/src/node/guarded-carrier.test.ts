import { createServer } from "node:http";
import { webSocketCarrier } from "@chapar/carrier/node";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { guardedCarrier } from "./guarded-carrier.ts";

async function listening(): Promise<{ port: number; calls: () => number }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  let calls = 0;
  server.on("connection", () => calls++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { port: address.port, calls: () => calls };
}

const inward = { address: "127.0.0.1", family: 4 };
const options = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

it("W-25 connects to the very address that was checked, and looks a name up once", async () => {
  const { port } = await listening();
  let lookups = 0;
  const resolve = async (): Promise<(typeof inward)[]> => (lookups++, [inward]);
  const link = await guardedCarrier(webSocketCarrier(), "loopback", [], resolve).dial(
    `ws://peer.example:${port}/v1/link`,
    options(),
  );
  link.close();
  expect(lookups).toBe(1);
});

it("W-25 a name of which any address leads inward is not dialed", async () => {
  const { port, calls } = await listening();
  for (const addresses of [[inward], [{ address: "203.0.113.1", family: 4 }, inward], []]) {
    const dialed = guardedCarrier(webSocketCarrier(), "public", [], async () => addresses).dial(
      `ws://peer.example:${port}/v1/link`,
      options(),
    );
    await expect(dialed).rejects.toMatchObject({ code: "carrier/unreachable" });
  }
  expect(calls()).toBe(0);
});
