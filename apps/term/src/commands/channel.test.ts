/* Channels on the command line, against the fake engine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const READER = { writes: false, going: false, sinceMs: 0 };

describe("channel", () => {
  it("is made, described, linked and shown, and readers are let in, appointed and taken out", async () => {
    await joined();
    const made = await chapar(["channel", "create", "Mountain news", "--about", "What happens", "--json"]);
    expect(made).toMatchObject({ code: 0, lines: [{ event: "channel", name: "Mountain news", open: false }] });
    const id = String(made.lines[0]?.["conversation"]);
    const { channels } = stage.engine;
    channels.put({
      ...channels.of(id)!,
      readerCount: 2,
      readers: [
        { identity: "id-Nima", name: "Nima", ...READER },
        { identity: "id-Omid", name: "Om\u001b[31mid", ...READER },
      ],
      asks: [{ identity: "id-Lale", name: "Lale", atMs: 1 }],
    });
    const shown = await chapar(["channel", "show", id]);
    expect(shown.stdout).toBe("Mountain news  2 readers  you lead it\nWhat happens\nwritten by me\n");
    const readers = (await chapar(["channel", "readers", id])).stdout;
    expect(readers).toContain("Nima\n");
    expect(readers).toContain("Lale  waits to be let in");
    expect(readers).not.toContain("\u001b[31m");
    expect((await chapar(["channel", "admit", id, "Lale"])).stdout).toBe("Done.\n");
    expect((await chapar(["channel", "writer", id, "Nima"])).code).toBe(0);
    expect((await chapar(["channel", "readers", id])).stdout).toContain("Nima  writes");
    expect((await chapar(["channel", "remove", id, "id-omid"])).code).toBe(0);
    expect(await chapar(["channel", "remove", id, "id-omid"])).toMatchObject({ code: 66 });
    expect((await chapar(["channel", "readers", id, "--json"])).lines).toMatchObject([
      { event: "reader", name: "Nima", writes: true },
      { name: "Lale" },
    ]);
    const link = (await chapar(["channel", "link", id, "--uses", "2", "--ask"])).stdout.trim();
    expect(link).toContain("chapar:b/");
    expect((await chapar(["channel", "links", id])).stdout).toBe(`${link}  0 of 2 came\n`);
    expect((await chapar(["channel", "revoke-link", id, link])).code).toBe(0);
    expect((await chapar(["channel", "links", id])).stdout).toBe("");
    expect(await chapar(["channel", "link", id, "--uses", "none"])).toMatchObject({ code: 64 });
    expect((await chapar(["channel", "describe", id, "Hills", "And dales"])).code).toBe(0);
    expect((await chapar(["channel", "show", id, "--json"])).lines).toMatchObject([
      { name: "Hills", about: "And dales" },
    ]);
    expect(await chapar(["channel", "leave", id])).toMatchObject({ code: 77 });
    expect(await chapar(["channel", "create", " "])).toMatchObject({ code: 65 });
  });

  it("is read by a link, and left", async () => {
    await joined();
    const joinedIt = await chapar(["channel", "join", "chapar:b/any", "--json"]);
    expect(joinedIt).toMatchObject({ code: 0, lines: [{ event: "channel", name: "Mountain news", standing: "in" }] });
    const id = String(joinedIt.lines[0]?.["conversation"]);
    expect((await chapar(["channel", "show", id])).stdout).toContain("128 readers  you read it");
    expect(await chapar(["channel", "remove", id, "Sara"])).toMatchObject({ code: 77 });
    expect((await chapar(["channel", "leave", id])).stdout).toContain("You left");
    expect(await chapar(["channel", "join", "hello"])).toMatchObject({ code: 65 });
  });
});
