import { z } from 'zod';
import { API_GROUP } from './schema/envelope.ts';
import { inlineProviderSpec, trustRootProviderSpec } from './schema/key-management-provider.ts';
import { policySpec } from './schema/policy.ts';
import { storeSpec } from './schema/store.ts';
import { verifierSpec } from './schema/verifier.ts';
import { settings } from './settings.ts';

interface Section {
  readonly title: string;
  readonly spec: z.ZodObject;
}

const sections: readonly Section[] = [
  { title: 'Verifier and NamespacedVerifier', spec: verifierSpec },
  { title: 'Policy and NamespacedPolicy', spec: policySpec },
  { title: 'Store and NamespacedStore', spec: storeSpec },
  { title: 'KeyManagementProvider and NamespacedKeyManagementProvider: inline', spec: inlineProviderSpec },
  {
    title: 'KeyManagementProvider and NamespacedKeyManagementProvider: sigstore-trust-root',
    spec: trustRootProviderSpec,
  },
];

/** Markdown tables of every field of every resource, and of every setting, from what the program itself goes by. */
export function renderReference(): string {
  const resources = sections.map(({ title, spec }) =>
    [`### ${title}`, spec.description ?? '', table(['Field', 'Meaning'], fieldRows(spec, 'spec'))].join(
      '\n\n',
    ),
  );
  return [
    '## Resources',
    `All kinds are of \`apiVersion: ${API_GROUP}/v1beta1\`; \`v1alpha1\` is read in the same way. Fields may be written in any letter case.`,
    ...resources,
    '## Settings',
    table(
      ['Flag', 'Environment', 'Default', 'Meaning'],
      Object.values(settings).map((setting) => [
        code(setting.flag),
        code(setting.env),
        setting.default === '' ? 'none' : code(setting.default),
        setting.repeatable
          ? `${setting.description} May be given several times; in the environment separated as in \`PATH\`.`
          : setting.description,
      ]),
    ),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function fieldRows(schema: z.ZodObject, prefix: string): string[][] {
  return Object.entries(schema.shape).flatMap(([name, member]) => {
    const inner = unwrap(member);
    const isList = inner instanceof z.ZodArray;
    const path = `${prefix}.${name}${isList ? '[]' : ''}`;
    const content = isList ? unwrap(inner.element) : inner;
    const own = [[code(path), descriptionOf(member)]];
    return content instanceof z.ZodObject ? [...own, ...fieldRows(content, path)] : own;
  });
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema;
}

function descriptionOf(schema: z.core.$ZodType): string {
  return schema instanceof z.ZodType ? (schema.description ?? '') : '';
}

/** A table; `|` in a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}
