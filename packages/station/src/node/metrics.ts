/*
 * What a station counts, as OpenMetrics. The hot path adds to a number in a Map; prom-client only turns the numbers into
 * text when somebody asks. Labels are request types and error codes, never an id.
 */
import { Counter, Gauge, openMetricsContentType, Registry, type OpenMetricsContentType } from "prom-client";
import type { Metric } from "../ports.ts";

const HELP: { readonly [Name in Metric]: { readonly help: string; readonly label?: string } } = {
  links_opened: { help: "Links that were opened" },
  links_closed: { help: "Links that have ended" },
  requests: { help: "Requests by type", label: "type" },
  refusals: { help: "Requests refused, by error code", label: "code" },
  entries_appended: { help: "Entries on disk" },
  entry_bytes_appended: { help: "Bytes of entries on disk" },
  group_commits: { help: "Signed group commits" },
  pushes: { help: "Pushes sent to followers" },
  epochs: { help: "Epochs committed to the station log" },
  cosignatures: { help: "Cosignatures that witnesses gave" },
  forwards: { help: "Requests passed on to other stations, by type", label: "type" },
};

/** Numbers that are read when somebody asks. */
export interface Gauges {
  readonly linkCount: () => number;
  readonly hotLogCount: () => number;
}

/** Counters of one station and their text. */
export class StationMetrics {
  readonly #counts = new Map<Metric, Map<string, number>>();
  readonly #registry = new Registry<OpenMetricsContentType>();

  /** Adds to a counter. Cost: two look-ups. */
  count(metric: Metric, amount: number, label = ""): void {
    let byLabel = this.#counts.get(metric);
    if (byLabel === undefined) this.#counts.set(metric, (byLabel = new Map()));
    byLabel.set(label, (byLabel.get(label) ?? 0) + amount);
  }

  /** Makes the registry; once. */
  expose(gauges: Gauges): void {
    this.#registry.setContentType(openMetricsContentType);
    const registers = [this.#registry];
    const counts = this.#counts;
    for (const [name, { help, label }] of Object.entries(HELP) as [Metric, (typeof HELP)[Metric]][]) {
      // A metric registers itself; the registry holds it.
      // oxlint-disable-next-line no-new
      new Counter({
        name: `chapar_${name}`,
        help,
        labelNames: label === undefined ? [] : [label],
        registers,
        collect() {
          this.reset();
          for (const [value, amount] of counts.get(name) ?? []) {
            if (label === undefined) this.inc(amount);
            else this.inc({ [label]: value }, amount);
          }
        },
      });
    }
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name: `chapar_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge("links", "Links that are open", gauges.linkCount);
    gauge("logs_in_memory", "Logs in memory", gauges.hotLogCount);
    gauge("resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss());
  }

  /** The text, and its media type. */
  async text(): Promise<{ readonly body: string; readonly contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
