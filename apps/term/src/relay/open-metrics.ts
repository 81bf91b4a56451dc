/* A relay's numbers as OpenMetrics text (openmetrics.io, 1.0). Labels are refusal names, never an address or a key. */
import type { RelayState } from "./relay-state.ts";

/** Media type of the text. */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly (readonly [labels: string, value: number])[];
}

function metricsOf(state: RelayState): readonly Metric[] {
  const { counts, refusals } = state;
  const one = (value: number): Metric["samples"] => [["", value]];
  return [
    { name: "streams", type: "gauge", help: "Streams that are open", samples: one(state.streams) },
    { name: "pending", type: "gauge", help: "Links that have not asked yet", samples: one(state.pending) },
    { name: "passed_bytes", type: "counter", help: "Bytes passed on", samples: one(counts.totalBytes) },
    { name: "month_bytes", type: "gauge", help: "Bytes passed on this month", samples: one(counts.monthBytes) },
    { name: "streams_opened", type: "counter", help: "Streams opened", samples: one(counts.totalStreams) },
    {
      name: "refusals",
      type: "counter",
      help: "Refusals, by reason",
      samples: Object.entries(refusals).map(([reason, count]) => [`{reason="${reason}"}`, count] as const),
    },
    {
      name: "forwarding",
      type: "gauge",
      help: "1 while it forwards",
      samples: one(state.mood === "forwarding" ? 1 : 0),
    },
    { name: "listed", type: "gauge", help: "Places on the list", samples: one(state.stations + state.relays) },
    { name: "resident_memory_bytes", type: "gauge", help: "Memory of the process", samples: one(state.memoryBytes) },
  ];
}

/** The text. */
export function openMetrics(state: RelayState): string {
  const lines = metricsOf(state).flatMap(({ name, type, help, samples }) => {
    const full = `chapar_relay_${name}`;
    const suffix = type === "counter" ? "_total" : "";
    return [
      `# TYPE ${full} ${type}`,
      `# HELP ${full} ${help}`,
      ...samples.map(([labels, value]) => `${full}${suffix}${labels} ${value}`),
    ];
  });
  return `${lines.join("\n")}\n# EOF\n`;
}
