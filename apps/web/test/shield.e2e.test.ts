/* The shield in a real browser: chosen in the settings, kept over a new start, and letters go both ways, slowly. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { bubble, say, Stage } from "./stage.ts";

const stage = new Stage();
beforeAll(() => stage.begin(), 180_000);
afterAll(() => stage.end());

const inPrivacy = async (): Promise<void> => {
  const { sara } = stage;
  await sara.getByRole("button", { name: "Back" }).click();
  await sara.getByRole("button", { name: "Settings" }).click();
  await sara.getByRole("button", { name: /^Privacy/u }).click();
};

it("U-1 U-4 U-5 is chosen in the settings, and letters go both ways", async () => {
  const { sara, dara } = stage;
  await inPrivacy();
  await sara.getByRole("radio", { name: /^On/u }).check();
  await sara.getByText("No way through a volunteer is known").waitFor();
  await sara.goto(stage.url);
  await sara.getByRole("link", { name: /Dara/u }).click();
  await say(sara, "under the shield");
  await bubble(dara, "under the shield").waitFor();
  await say(dara, "read in cells");
  await bubble(sara, "read in cells").waitFor();
  await inPrivacy();
  expect(await sara.getByRole("radio", { name: /^On/u }).isChecked()).toBe(true);
}, 240_000);
