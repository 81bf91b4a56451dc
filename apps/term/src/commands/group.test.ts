/* Groups on the command line, against the fake engine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("group", () => {
  it("is made with people, changed as a role allows, and left", async () => {
    await joined();
    await chapar(["open", "person:Nima"]);
    const made = await chapar(["group", "create", "Mountain walks", "Sara", "--json"]);
    expect(made).toMatchObject({ code: 0, lines: [{ event: "group", title: "Mountain walks" }] });
    const id = String(made.lines[0]?.["conversation"]);
    expect((await chapar(["group", "add", id, "Nima"])).stdout).toBe("Done.\n");
    expect((await chapar(["group", "role", id, "Sara", "admin"])).code).toBe(0);
    expect((await chapar(["group", "members", id])).stdout).toBe("you  owner\nSara  admin\nNima  member\n");
    expect((await chapar(["group", "members", id, "--json"])).lines).toMatchObject([
      { event: "member", me: true, role: "owner" },
      { name: "Sara", role: "admin" },
      { name: "Nima", role: "member" },
    ]);
    expect((await chapar(["group", "remove", id, "Nima"])).code).toBe(0);
    expect(await chapar(["group", "remove", id, "Nima"])).toMatchObject({ code: 66 });
    expect(await chapar(["group", "role", id, "me", "member"])).toMatchObject({ code: 77 });
    expect(await chapar(["group", "role", id, "Sara", "king"])).toMatchObject({ code: 64 });
    expect(await chapar(["group", "create", " "])).toMatchObject({ code: 65 });
    expect((await chapar(["group", "rename", id, "Hills"])).code).toBe(0);
    expect((await chapar(["group", "leave", id])).stdout).toContain("You left");
    expect(stage.engine.calls).toContain(`leave ${id}`);
  });

  it("is led into by links, whose terms are said, and people who wait are let in or not", async () => {
    await joined();
    const made = await chapar(["group", "create", "Walks", "--json"]);
    const id = String(made.lines[0]?.["conversation"]);
    const link = (await chapar(["group", "link", id, "--uses", "2", "--ask"])).stdout.trim();
    expect(link).toContain("chapar:g/");
    expect((await chapar(["group", "link", id, "--days", "2", "--json"])).lines[0]).toMatchObject({ approval: false });
    expect(await chapar(["group", "link", id, "--uses", "none"])).toMatchObject({ code: 64 });
    await stage.engine.groups.request(id, "Nima");
    await stage.engine.groups.request(id, "Om\u001b[31mid");
    const listed = (await chapar(["group", "links", id])).stdout;
    expect(listed).toContain(`${link}  0 of 2 came  does not end  whoever made it lets each in`);
    expect(listed).toContain("Nima  waits to be let in");
    expect(listed).not.toContain("\u001b[31m");
    expect((await chapar(["group", "admit", id, "Nima"])).code).toBe(0);
    expect(await chapar(["group", "refuse", id, "Nima"])).toMatchObject({ code: 66 });
    expect((await chapar(["group", "members", id])).stdout).toContain("Nima  member");
    expect((await chapar(["group", "revoke-link", id, link])).code).toBe(0);
    expect((await chapar(["group", "links", id])).stdout).not.toContain(link);
    expect((await chapar(["group", "join", "chapar:g/any"])).stdout).toBe("You are in Walks.\n");
    expect((await chapar(["group", "join", "chapar:g/ask"])).stdout).toBe("Walks  asked; waiting to be let in\n");
    expect(await chapar(["group", "join", "chapar:g/ended"])).toMatchObject({ code: 77 });
    expect((await chapar(["group", "asked"])).stdout).toContain("Walks  this link has expired");
    expect(await chapar(["group", "join", "hello"])).toMatchObject({ code: 65 });
  });

  it("tells what became of it among its messages, without what a name could do to a terminal", async () => {
    const id = await joined();
    stage.engine.deliver(id, "", {
      senderName: "Sa\u001b[31mra",
      group: { what: "added", people: [{ identity: "id-x", name: "Om\u202eid" }], text: "" },
    });
    const { stdout } = await chapar(["read", id]);
    expect(stdout).toContain("added");
    expect(stdout).not.toContain("\u001b[31m");
    expect(stdout).not.toContain("\u202e");
    expect((await chapar(["read", id, "--json"])).lines.at(-1)).toMatchObject({ group: { what: "added" } });
  });
});
