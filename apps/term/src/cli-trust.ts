/* The command line of what stations owe: alerts, proofs, watching, asking, comparing (protocol/9-rule-r.md). */
import type { Command } from "commander";
import { type Shelf, waiting } from "./shelf.ts";

/** Adds them; `command` makes one that has a profile. */
export function addTrustCommands(
  program: Command,
  shelf: Shelf,
  command: (usage: string, summary: string, parent?: Command) => Command,
): void {
  const { run, end } = shelf;
  const alerts = command("alerts", "Print what stations and keys were caught at, newest first.").action(
    async (options) => {
      const { alerts: print } = await import("./commands/alerts.ts");
      end(await print(run(options)));
    },
  );
  command("show <alert>", "Print one of them, whole; it counts as seen.", alerts).action(
    async (alert: string, options) => {
      const { showAlert } = await import("./commands/alerts.ts");
      end(await showAlert(run(options), alert));
    },
  );

  const proof = program.command("proof").description("Keep and check proofs: export, verify.").exitOverride();
  command("export <alert> <file>", "Write an alert's proof into a file that anyone can check.", proof).action(
    async (alert: string, file: string, options) => {
      const { exportProof } = await import("./commands/proof.ts");
      end(await exportProof(run(options), alert, file));
    },
  );
  shelf
    .command(proof, "verify <file>", "Check a proof, offline and without a profile: 0 proven, 1 not.")
    .action(async (file: string, options) => {
      const { verifyProof } = await import("./commands/proof.ts");
      end(await verifyProof(run(options), file));
    });

  waiting(command("watch", "Have the home station's public record checked now."), "the check").action(
    async (options) => {
      const { watch } = await import("./commands/watch.ts");
      end(await watch(run(options), options));
    },
  );

  waiting(
    command("ask <conversation>", "Ask the people in a conversation for what is missing there."),
    "the station",
  ).action(async (conversation: string, options) => {
    const { ask } = await import("./commands/ask.ts");
    end(await ask(run(options), conversation, options));
  });

  const safety = command(
    "safety <person>",
    "Print the numbers to compare with somebody, and what their keys went through.",
  )
    .option("--compared", "you have compared them in person, and they are the same")
    .action(async (person: string, options) => {
      const { safety: compare } = await import("./commands/safety.ts");
      end(await compare(run(options), person, options));
    });
  command("take-back", "Undo what somebody did with your stolen keys, by your recovery words.", safety)
    .option("--words", "the 24 words come on standard input; without it those that are still on this device are used")
    .action(async (options) => {
      const { takeBack } = await import("./commands/take-back.ts");
      end(await takeBack(run(options), options));
    });
}
