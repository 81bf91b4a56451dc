import { FakeClock, linkPair } from "@chapar/carrier/testing";
import { EPHEMERAL_BYTES, frameBytes, type LogId, type Request, type Response } from "@chapar/wire";
import { expect, it } from "vitest";
import { FrameLink } from "./frame-link.ts";

/** Two stations on one narrow line, each asked for large answers by the other. */
function pair(): { a: FrameLink; b: FrameLink; clock: FakeClock } {
  const clock = new FakeClock();
  const { dialer, acceptor } = linkPair({ windowBytes: 64 * 1024 }, clock);
  const ends: FrameLink[] = [];
  const bytes = new Uint8Array(60_000);
  for (const [i, link] of [dialer, acceptor].entries()) {
    ends.push(
      new FrameLink(link, {
        request: (id: number, _body: Request) => ends[i]!.reply(id, { type: "blob", bytes }),
        notice: () => undefined,
        heard: () => undefined,
        ended: () => undefined,
      }),
    );
  }
  return { a: ends[0]!, b: ends[1]!, clock };
}

it("W-7 lets neither side of a symmetric link wait for ever when both send more than the other takes", async () => {
  const { a, b, clock } = pair();
  a.isSymmetric = true;
  b.isSymmetric = true;
  const hash = new Uint8Array(32) as never;
  const ask = (link: FrameLink): Promise<Response>[] =>
    Array.from({ length: 500 }, () => link.ask({ type: "blob.get", hash, at: undefined }));
  const push = frameBytes({
    kind: "notice",
    body: { type: "log.push", log: hash, first: 0, entries: [new Uint8Array(30_000)], head: new Uint8Array(1) },
  });
  const answers = Promise.all([...ask(a), ...ask(b)]);
  for (let i = 0; i < 300; i++) {
    a.sendShared(push);
    b.sendShared(push);
  }
  const all = await clock.runUntil(answers);
  expect(all.every((answer) => answer.type === "blob")).toBe(true);
  expect([a.closed, b.closed]).toEqual([false, false]);
});

it("keeps a request open when its answer does not fit a frame, so that it can be refused", async () => {
  const clock = new FakeClock();
  const { dialer, acceptor } = linkPair({}, clock);
  const silent = { notice: () => undefined, heard: () => undefined, ended: () => undefined };
  const answering: FrameLink = new FrameLink(acceptor, {
    ...silent,
    request: (id) => {
      expect(() => answering.reply(id, { type: "identity.ops", ops: [new Uint8Array(5000)] })).toThrow(RangeError);
      answering.reply(id, { type: "error", code: "station/internal", detail: undefined });
    },
  });
  const asking = new FrameLink(dialer, { ...silent, request: () => undefined });
  expect(await asking.ask({ type: "ping" })).toMatchObject({ type: "error", code: "station/internal" });
});

it("W-82 offers nothing behind what waits already, and nothing to who does not take it", async () => {
  const clock = new FakeClock();
  const { dialer, acceptor } = linkPair({ windowBytes: 64 * 1024 }, clock);
  const silent = { request: () => undefined, heard: () => undefined, ended: () => undefined };
  const notices: string[] = [];
  const hearing = new FrameLink(acceptor, { ...silent, notice: ({ type }) => notices.push(type) });
  const offering = new FrameLink(dialer, { ...silent, notice: () => undefined });
  const log = new Uint8Array(32) as LogId;
  const offer = (): void => offering.offer({ type: "ephemeral", log, sealed: new Uint8Array(EPHEMERAL_BYTES) });
  offer();
  offering.takesEphemeral = true;
  offer();
  const push = { type: "log.push", log, first: 0, entries: [new Uint8Array(20_000)], head: new Uint8Array(1) } as const;
  offering.sendShared(frameBytes({ kind: "notice", body: push }));
  offer();
  await clock.advance(1_000);
  offer();
  await clock.advance(1_000);
  expect(notices).toEqual(["ephemeral", "log.push", "ephemeral"]);
  expect(hearing.closed).toBe(false);
});
