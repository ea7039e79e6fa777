/** One family of metrics as an exposition tells it. */
export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=[a-zA-Z_]))?/y;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.+)\\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$`);

/**
 * Reads an exposition as strictly as promtool and the OpenMetrics reference parser do: HELP, TYPE, samples of that
 * family and of no other; no family, and no set of labels, twice; suffixes as the type wants them; buckets that add up.
 *
 * @throws Error that names the line or family
 */
export function parseExposition(text: string, format: 'prometheus' | 'openmetrics'): readonly ParsedFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('it does not end with # EOF');
  const families: ParsedFamily[] = [];
  const names = new Set<string>();
  let index = 0;
  while (index < lines.length) {
    const [, name = '', help = ''] = match(HELP, lines[index]);
    const [, typed, type = ''] = match(TYPE, lines[index + 1]);
    if (typed !== name) throw new Error(`TYPE of ${typed} follows HELP of ${name}`);
    index += 2;
    const samples: ParsedSample[] = [];
    for (; index < lines.length && !lines[index]?.startsWith('#'); index += 1)
      samples.push(sampleOf(lines[index]));
    const family = { name, type, help, samples };
    check(family, format);
    for (const own of new Set([name, ...suffixes(type, format).map((suffix) => `${name}${suffix}`)])) {
      if (names.has(own)) throw new Error(`${own} is there twice`);
      names.add(own);
    }
    families.push(family);
  }
  return families;
}

function sampleOf(line: string | undefined): ParsedSample {
  const [, name = '', labelText = '', value = ''] = match(SAMPLE, line);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const [, label, text] = LABEL.exec(labelText) ?? [];
    if (label === undefined || text === undefined) throw new Error(`labels are malformed: ${line}`);
    if (label in labels) throw new Error(`${label} is there twice: ${line}`);
    labels[label] = text;
  }
  return {
    name,
    labels,
    value: value.endsWith('Inf') ? Number(value.replace('Inf', 'Infinity')) : Number(value),
  };
}

function suffixes(type: string, format: string): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return type === 'counter' && format === 'openmetrics' ? ['_total'] : [''];
}

function check({ name, type, samples }: ParsedFamily, format: string): void {
  const allowed = suffixes(type, format).map((suffix) => `${name}${suffix}`);
  if (type === 'counter' && name.endsWith('_total') === (format === 'openmetrics')) {
    throw new Error(`${name} has the wrong name for a counter`);
  }
  if (type !== 'counter' && name.endsWith('_total')) throw new Error(`${name} is named like a counter`);
  const seen = new Set<string>();
  for (const sample of samples) {
    if (!allowed.includes(sample.name)) throw new Error(`${sample.name} does not belong to ${name}`);
    const identity = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).toSorted())}`;
    if (seen.has(identity)) throw new Error(`${identity} is there twice`);
    seen.add(identity);
    if (type === 'counter' && !(sample.value >= 0)) throw new Error(`${identity} is no count`);
  }
  if (type === 'histogram') checkBuckets(name, samples, format);
}

function checkBuckets(name: string, samples: readonly ParsedSample[], format: string): void {
  const series = new Map<string, { last: number; bound: number }>();
  for (const { name: sampleName, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(Object.entries(others).toSorted());
    if (sampleName === `${name}_bucket`) {
      if (format === 'openmetrics' && !/^(\+Inf|[0-9]+\.[0-9]+)$/.test(le ?? '')) {
        throw new Error(`${le} is no canonical number`);
      }
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      const before = series.get(key) ?? { last: 0, bound: Number.NEGATIVE_INFINITY };
      if (!(bound > before.bound && value >= before.last))
        throw new Error(`the buckets of ${name} do not add up`);
      series.set(key, { last: value, bound });
    }
    if (sampleName === `${name}_count`) {
      const { last, bound } = series.get(key) ?? { last: undefined, bound: undefined };
      if (last !== value || bound !== Number.POSITIVE_INFINITY)
        throw new Error(`the count of ${name} is not the last bucket`);
    }
  }
}

function match(pattern: RegExp, line: string | undefined): readonly (string | undefined)[] {
  const found = pattern.exec(line ?? '');
  if (found === null) throw new Error(`not what is expected here: ${line}`);
  return found;
}
