/* A channel of two people on a real station: one makes it, the other reads it by a link, is taken out, and reads nothing new. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { bubble, say, Stage } from "./stage.ts";

const stage = new Stage();
beforeAll(() => stage.begin(), 180_000);
afterAll(() => stage.end());

it("H-1 H-6 H-10 H-11 a channel is made, read by a link, and whoever is taken out reads nothing new", async () => {
  const { sara, dara } = stage;
  await sara.getByRole("button", { name: "Back" }).click();
  await sara.getByRole("button", { name: "New chat" }).click();
  await sara.getByRole("button", { name: "New channel" }).click();
  await sara.getByRole("textbox", { name: "Name of the channel" }).fill("Mountain news");
  await sara.getByRole("textbox", { name: "What it is about" }).fill("What happens up there");
  await sara.getByRole("button", { name: "Make the channel" }).click();
  await sara.getByText("Nobody reads it yet").waitFor();
  await say(sara, "the pass is open");

  await sara.locator("header button[aria-expanded]").first().click();
  const sheet = sara.getByRole("dialog");
  await sheet.getByRole("button", { name: "Make a link" }).click();
  await sheet.getByRole("checkbox", { name: "I let each person in myself" }).uncheck();
  await sheet.getByRole("button", { name: "Make a link" }).click();
  const link = await sheet.locator("li input[readonly]").inputValue();
  expect(link).toContain(`${stage.url.replace(/\/$/u, "")}/#b/`);

  await dara.getByRole("button", { name: "New chat" }).click();
  await dara.getByRole("textbox").last().fill(link);
  await dara.getByRole("button", { name: "Continue" }).click();
  await dara.getByRole("heading", { name: "Mountain news" }).waitFor();
  await dara.getByText("What happens up there").waitFor();
  await dara.getByRole("button", { name: "Read the channel" }).click();
  await bubble(dara, "the pass is open").waitFor();
  await dara.getByText("You read this channel.").waitFor();
  expect(await dara.getByRole("textbox").count()).toBe(0);

  await sheet.getByRole("button", { name: /^Dara/u }).click();
  await sheet.getByRole("button", { name: "Take out of the channel" }).click();
  await sheet.getByRole("button", { name: "Take out of the channel" }).click();
  await sheet.getByRole("button", { name: /^Dara/u }).waitFor({ state: "detached" });
  await sara.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await dara.getByText("You were taken out of this channel.").waitFor();
  await say(sara, "not for Dara");
  await bubble(dara, "the pass is open").waitFor();
  expect(await dara.getByText("not for Dara").count()).toBe(0);
}, 120_000);
