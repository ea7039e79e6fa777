import { type MetricSpec, metricTable } from './metric-table.ts';
import { createProcessRegistry } from './process-metrics.ts';

/** Markdown of docs/metrics.md: every metric there is. */
export function renderMetrics(): string {
  const ofProcess = createProcessRegistry()
    .getMetricsAsArray()
    .map(({ name, type, help }) => [code(name), String(type), help]);
  return `# Metrics

\`/metrics\` on \`--metrics-address\` answers in the text format of Prometheus, and in OpenMetrics where the Accept header asks for it. Names that
start with \`ratify_\` are Ratify's, with its meaning, units and buckets. No label holds the name of an image, a tag or a digest; what a label can
hold is bounded by the configuration, the error catalogue and HTTP.

## countersign

${table(['Name', 'Type', 'Labels', 'Meaning'], Object.values<MetricSpec>(metricTable).map(row))}

## The process

Of Node itself, the delay of the event loop among them (\`nodejs_eventloop_lag_…\`).

${table(['Name', 'Type', 'Meaning'], ofProcess)}
`;
}

function row({ name, type, labels, help }: MetricSpec): string[] {
  const described = Object.entries(labels).map(([label, values]) => `${code(label)}: ${values}`);
  return [code(name), type, described.join('; '), help];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
