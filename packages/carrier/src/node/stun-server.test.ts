import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { startStunServer } from "./stun-server.ts";

/** RFC 8489 §5: a Binding request without attributes. */
const REQUEST = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

describe("a STUN service", () => {
  it("P-118 tells a sender its port, forty times in ten seconds, and answers nothing else", async () => {
    const server = await startStunServer("127.0.0.1", 0);
    const socket = createSocket("udp4");
    onTestFinished(async () => {
      socket.close();
      await server[Symbol.asyncDispose]();
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const answers: Buffer[] = [];
    const enough = Promise.withResolvers<void>();
    socket.on("message", (answer) => (answers.push(answer) === 40 ? enough.resolve() : undefined));
    for (let i = 0; i < 100; i++) {
      socket.send(REQUEST.subarray(0, 19), server.port, "127.0.0.1");
      socket.send(REQUEST, server.port, "127.0.0.1");
    }
    await enough.promise;
    // What was asked beyond that is answered by nobody: another sender's answer comes after all of it.
    const other = createSocket("udp4");
    onTestFinished(() => void other.close());
    other.send(REQUEST.subarray(0, 12), server.port, "127.0.0.1");
    expect(answers).toHaveLength(40);
    const mapped = (answers[0]?.readUInt16BE(26) ?? 0) ^ 0x2112;
    expect(mapped).toBe(socket.address().port);
  });
});
