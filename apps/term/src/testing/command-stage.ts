/*
 * Runs command lines as main.ts does, against the fake engine, in a folder of their own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { runCommandLine } from "../cli.ts";
import { tell } from "../sentences.ts";
import { type FakeClient, fakePreview } from "./fake-client.ts";
import { FakeProfiles } from "./fake-profiles.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** the lines of --json */
  readonly lines: readonly Record<string, unknown>[];
}

export interface CommandOptions {
  readonly input?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  /** false: the command takes no profile */
  readonly profile?: false;
}

export class CommandStage {
  folder = "";
  profiles: FakeProfiles = new FakeProfiles();

  async begin(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), "chapar-commands-"));
    this.profiles = new FakeProfiles();
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get engine(): FakeClient {
    return this.profiles.client(this.folder);
  }

  /** Runs one command line with the folder as its profile. */
  readonly chapar = async (argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> => {
    let stdout = "";
    let stderr = "";
    const write = (text: string): boolean => {
      stdout += text;
      options.onLine?.(text);
      return true;
    };
    let code: number;
    try {
      code = await runCommandLine([...argv, ...(options.profile === false ? [] : ["--profile", this.folder])], {
        root: this.folder,
        env: {},
        stdin: Readable.from(options.input === undefined ? [] : [options.input]) as unknown as NodeJS.ReadStream,
        stdout: { write } as unknown as NodeJS.WriteStream,
        stderr: { write: (text: string) => (stderr += text) },
        signal: options.signal ?? new AbortController().signal,
        engine: async () => ({ openClient: this.profiles.openClient, previewInvite: fakePreview }),
      });
    } catch (error) {
      const told = tell(error);
      code = told.exit;
      if (argv.includes("--json"))
        stdout += `${JSON.stringify({ event: "error", code: told.code, message: told.message })}\n`;
      else stderr += `chapar: ${told.message}\n`;
    }
    const lines = stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { code, stdout, stderr, lines };
  };

  /** A profile that has joined, and the id of its conversation with Sara. */
  readonly joined = async (): Promise<string> => {
    await this.chapar(["join", "station:", "--name", "Dara"]);
    return String((await this.chapar(["open", "person:Sara", "--json"])).lines[0]?.["conversation"]);
  };
}
