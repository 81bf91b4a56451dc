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
