import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { jsonSchemas } from '../../docs/generator/json-schema.ts';
import { lint } from '../../src/config/lint.ts';

const FOLDER = join(import.meta.dirname, '../../config/samples');
const samples = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const MODELINE = /^# yaml-language-server: \$schema=\.\.\/schema\/([a-z]+\.json)\n/;

/** The validator that fastify brings along, without its habit of mending what it validates. */
let validator: FastifyInstance;

beforeAll(async () => {
  const customOptions = { coerceTypes: false, removeAdditional: false, useDefaults: false } as const;
  validator = fastify({ ajv: { customOptions } });
  const schemas = jsonSchemas('');
  // Draft 7 is what fastify assumes; it has no copy of the meta-schema to look up.
  for (const [name, { $schema: _, ...schema }] of schemas) validator.addSchema({ $id: name, ...schema });
  for (const name of schemas.keys()) {
    validator.post(`/${name}`, { schema: { body: { $ref: name } } }, () => ({ message: 'valid' }));
  }
  await validator.ready();
});
afterAll(() => validator.close());

async function validate(schema: string, resource: unknown): Promise<string> {
  const response = await validator.inject({ method: 'POST', url: `/${schema}`, payload: resource as object });
  return response.json().message;
}

function resourcesOf(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

describe.each(samples)('the sample %s', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');

  it('has nothing for lint to say', async () => {
    expect(await lint([join(FOLDER, name)])).toEqual([]);
  });

  it('names the schema that editors use, and holds to it', async () => {
    const schema = MODELINE.exec(text)?.[1] ?? '';
    for (const resource of resourcesOf(text)) {
      expect(await validate(schema, resource)).toBe('valid');
    }
  });
});

it('covers every kind', () => {
  const kinds = samples.flatMap((name) =>
    resourcesOf(readFileSync(join(FOLDER, name), 'utf8')).map(
      (resource) => (resource as { kind: string }).kind,
    ),
  );
  const twins = [
    'NamespacedVerifier',
    'NamespacedPolicy',
    'NamespacedStore',
    'NamespacedKeyManagementProvider',
  ];
  expect(new Set(kinds)).toEqual(new Set(['Verifier', 'Policy', 'Store', 'KeyManagementProvider', ...twins]));
});

describe('the schemas', () => {
  const edited = (path: readonly (string | number)[], value: unknown): unknown => {
    const document = parseDocument(readFileSync(join(FOLDER, 'verifier-keyless.yaml'), 'utf8'));
    document.setIn(path, value);
    return document.toJS();
  };
  const trustPolicy = ['spec', 'parameters', 'trustPolicies', 0];

  it('mark an unknown field', async () => {
    const resource = edited([...trustPolicy, 'keyles'], {});
    expect(await validate('verifier.json', resource)).toMatch(/must NOT have additional properties/);
    expect(await validate('resource.json', resource)).toMatch(/must NOT have additional properties/);
  });

  it('mark a value of the wrong type', async () => {
    const resource = edited([...trustPolicy, 'tLogVerify'], 'yes');
    expect(await validate('verifier.json', resource)).toMatch(/tLogVerify must be boolean/);
  });

  it('mark a missing name, and a missing namespace in a namespaced resource', async () => {
    expect(await validate('verifier.json', edited(['metadata'], {}))).toMatch(/required property 'name'/);
    const tenant = edited(['kind'], 'NamespacedVerifier');
    expect(await validate('namespacedverifier.json', tenant)).toMatch(/required property 'namespace'/);
  });
});

it('leaves the default configuration without modeline', () => {
  const folder = join(import.meta.dirname, '../../config/default');
  for (const name of readdirSync(folder)) {
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('yaml-language-server');
  }
});
