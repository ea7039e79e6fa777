import { code, table } from '../../src/config/reference-docs.ts';
import { type CatalogueEntry, catalogue, type ErrorClass } from '../../src/errors.ts';

interface Chapter {
  readonly class: ErrorClass;
  readonly title: string;
  readonly introduction: string;
}

const chapters: readonly Chapter[] = [
  {
    class: 'rejected',
    title: 'The image is rejected',
    introduction:
      'Everything was there to judge the image, and it is not trusted. Asking again changes nothing until the image or the policy changes.',
  },
  {
    class: 'unavailable',
    title: 'Nobody could tell',
    introduction:
      'What is needed for a verdict could not be had. The image is not admitted, the answer is not kept, and asking again may succeed.',
  },
  {
    class: 'request',
    title: 'The request is at fault',
    introduction: 'Gatekeeper, or whoever else asked, sent something that cannot be answered.',
  },
  {
    class: 'configuration',
    title: 'The configuration is at fault',
    introduction: 'Reported by `countersign lint`, at start-up, and in `/readyz?verbose`.',
  },
  {
    class: 'warning',
    title: 'Warnings',
    introduction: 'The configuration works, but probably not as meant. Reported in the same places.',
  },
];

/** Every code of the catalogue under a heading of its own, so that each has an anchor: `errors.md#signature_not_found`. */
export function renderErrors(): string {
  const parts = chapters.map(({ class: errorClass, title, introduction }) =>
    [`## ${title}`, introduction, ...entriesOf(errorClass).map(renderEntry)].join('\n\n'),
  );
  return [
    '# Error codes',
    'Every answer that is not yes carries one of these codes, and so does every log line about it. A code keeps its meaning for good: alerts and templates may rely on it. The sentence beside it is for people and may change.',
    renderIndex(),
    ...parts,
  ]
    .join('\n\n')
    .concat('\n');
}

/** The codes that a person with a denied image meets, one line each. */
export function renderCodesAtAGlance(): string {
  const rows = [...entriesOf('rejected'), ...entriesOf('unavailable'), ...entriesOf('request')].map(
    ([name, { summary, remediation }]) => [link(name), summary, remediation],
  );
  return table(['Code', 'Cause', 'What to do'], rows);
}

function renderIndex(): string {
  return chapters
    .map(({ class: errorClass, title }) => {
      const links = entriesOf(errorClass).map(([name]) => `[${code(name)}](#${name.toLowerCase()})`);
      return `* **${title}**: ${links.join(', ')}`;
    })
    .join('\n');
}

function renderEntry([name, { summary, remediation }]: [string, CatalogueEntry]): string {
  return `### ${name}\n\n${summary}\n\n**What to do:** ${remediation}`;
}

function link(name: string): string {
  return `[${code(name)}](errors.md#${name.toLowerCase()})`;
}

function entriesOf(errorClass: ErrorClass): [string, CatalogueEntry][] {
  return Object.entries<CatalogueEntry>(catalogue).filter(([, entry]) => entry.class === errorClass);
}
