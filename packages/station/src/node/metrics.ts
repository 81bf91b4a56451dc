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
  bodies_dropped: { help: "Bodies of entries that were pruned or expired" },
  branch_letters: { help: "Letters of branches that were handed to their hubs or found there" },
  cosignatures: { help: "Cosignatures that witnesses gave" },
  sessions_opened: { help: "Sessions that were opened" },
  sessions_refused: { help: "Sessions and unproved links that a bound kept out or ended", label: "bound" },
  bursts_opened: { help: "Burst links that were opened" },
  bursts_refused: { help: "Burst links that were not opened because there were too many" },
  dns_links_opened: { help: "Links over DNS that were opened" },
  dns_links_refused: { help: "Links over DNS that were not opened because there were too many" },
  volunteers_asked: { help: "Questions for a volunteer, by how they ended", label: "outcome" },
  shadowsocks: { help: "Connections at the Shadowsocks port, by outcome", label: "outcome" },
  exits: { help: "Streams at the exit, opened or refused, by outcome", label: "outcome" },
  falsehoods: { help: "What was found false in witnessed logs, by why", label: "why" },
  forwards: { help: "Requests passed on to other stations, by type", label: "type" },
};

/** Numbers that are read when somebody asks. */
export interface Gauges {
  readonly linkCount: () => number;
  readonly hotLogCount: () => number;
  readonly sessionCount: () => number;
  /** links on which nothing was proved yet */
  readonly pendingCount: () => number;
  readonly sessionHeldBytes: () => number;
  readonly burstCount: () => number;
  readonly dnsLinkCount: () => number;
  /** volunteers' tabs that are here */
  readonly volunteerCount: () => number;
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
    gauge("sessions", "Sessions, with or without a link", gauges.sessionCount);
    gauge("session_links_pending", "Links on which no session was proved yet", gauges.pendingCount);
    gauge("session_held_bytes", "Bytes that sessions keep to be sent again", gauges.sessionHeldBytes);
    gauge("bursts", "Burst links that are open", gauges.burstCount);
    gauge("dns_links", "Links over DNS that are open", gauges.dnsLinkCount);
    gauge("volunteers", "Volunteers' tabs that are here", gauges.volunteerCount);
    gauge("logs_in_memory", "Logs in memory", gauges.hotLogCount);
    gauge("resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss());
  }

  /** The text, and its media type. */
  async text(): Promise<{ readonly body: string; readonly contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
