import type { Registry } from 'prom-client';

export type ExpositionFormat = 'prometheus' | 'openmetrics';

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly values: readonly Sample[];
}

const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Everything in the registry as text. prom-client writes one of the two formats, and what it once wrote as OpenMetrics
 * has another name from then on; nor are its bucket bounds the canonical numbers that OpenMetrics wants.
 */
export async function expose(registry: Registry, format: ExpositionFormat): Promise<Exposition> {
  const families = (await registry.getMetricsAsJSON()) as unknown as readonly Family[];
  const text = families.map((family) => formatFamily(family, format)).join('');
  return { contentType: CONTENT_TYPES[format], text: format === 'openmetrics' ? `${text}# EOF\n` : text };
}

/** By the media types of an Accept header; who asks for neither gets what every version of Prometheus reads. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  return accept?.toLowerCase().includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
}

function formatFamily({ name, type, help, values }: Family, format: ExpositionFormat): string {
  // In OpenMetrics the family of a counter has no suffix, and its samples have.
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  const samples = values.map(({ metricName = name, labels, value }) => {
    const pairs = Object.entries(labels).map(
      ([label, text]) => `${label}="${formatLabel(label, text, format)}"`,
    );
    return `${metricName}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatNumber(value)}\n`;
  });
  return `# HELP ${family} ${escapeText(help)}\n# TYPE ${family} ${type}\n${samples.join('')}`;
}

function formatLabel(label: string, value: string | number, format: ExpositionFormat): string {
  if (label === 'le' && format === 'openmetrics' && Number.isInteger(value)) return `${value}.0`;
  return escapeText(String(value)).replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
