import { it } from "vitest";
import { texts, World } from "./world.ts";
it("dbg", async () => {
    const world = new World({ latencyMs: 5 });
    const iran = await world.stations.station("iran", { region: "IR" });
    const germany = await world.stations.station("germany", { region: "DE" });
    const sara = await world.person("Sara", iran);
    const dara = await world.person("Dara", germany);
    const id = await sara.client.open(await dara.client.invite());
    for (const text of texts("m", 100)) await sara.client.send(id, { text });
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]).catch((e) => console.log(e.message));
    console.log(sara.failures.slice(0, 5), dara.failures.slice(0, 5), (await sara.lines(id)).length, (await dara.lines(id)).length);
    console.log(await sara.client.conversation(id));
    console.log(await dara.client.conversation(id));
});
