import { z } from 'zod';
import {
  API_GROUP,
  API_VERSIONS,
  type KindName,
  kindNames,
  resourceName,
  resourceNamespace,
} from '../../src/config/schema/envelope.ts';
import {
  inlineProviderSpec,
  trustRootProviderSpec,
} from '../../src/config/schema/key-management-provider.ts';
import { policySpec } from '../../src/config/schema/policy.ts';
import { storeSpec } from '../../src/config/schema/store.ts';
import { verifierSpec } from '../../src/config/schema/verifier.ts';

/** JSON Schema draft 7, which is what the editors' YAML support reads. */
type JsonSchema = Readonly<Record<string, unknown>>;

const DRAFT = 'http://json-schema.org/draft-07/schema#';
/** As in biome.json. */
const LINE_WIDTH = 110;

const specs = {
  Verifier: verifierSpec,
  Policy: policySpec,
  Store: storeSpec,
  KeyManagementProvider: z
    .discriminatedUnion('type', [inlineProviderSpec, trustRootProviderSpec])
    .describe('Public keys and trust roots, for the trust policies that name them.'),
};

/**
 * A schema for each kind, by file name, and `resource.json`, which takes any of them: for files of several kinds.
 * They know the fields and their types; the rules between fields are checked by `countersign lint` alone.
 * @param comment says in each of them where it comes from
 */
export function jsonSchemas(comment: string): ReadonlyMap<string, JsonSchema> {
  const kinds = [...kindNames.keys()];
  const all = {
    $comment: comment,
    $schema: DRAFT,
    title: `Any resource of ${API_GROUP}`,
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: { kind: { enum: kinds } },
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { $ref: fileName(kind) },
    })),
  };
  return new Map([
    ...[...kindNames].map(([name, kind]): [string, JsonSchema] => [
      fileName(name),
      schemaOf(name, kind, comment),
    ]),
    ['resource.json', all],
  ]);
}

function fileName(kind: string): string {
  return `${kind.toLowerCase()}.json`;
}

function schemaOf(name: string, { kind, namespaced }: KindName, comment: string): JsonSchema {
  const spec = specs[kind];
  const metadata = z.looseObject({
    name: resourceName,
    ...(namespaced ? { namespace: resourceNamespace } : {}),
  });
  const envelope = z.strictObject({
    apiVersion: z
      .enum(API_VERSIONS.map((version) => `${API_GROUP}/${version}`))
      .describe('Group and version of the resource. Required.'),
    kind: z.literal(name).describe('Kind of the resource. Required.'),
    metadata: metadata.describe('Name, labels and the like. Required.'),
    spec,
    status: z.unknown().optional().describe('Written by the cluster, ignored in files.'),
  });
  const { $schema, ...schema } = z.toJSONSchema(envelope, { target: 'draft-7', io: 'input' });
  return { $comment: comment, $schema, title: name, description: spec.description, ...schema };
}

/** Indented as the formatter of this repository does it: lists of words on one line where they fit. */
export function formatJson(value: JsonSchema): string {
  const text = JSON.stringify(value, undefined, 2);
  return `${text.replaceAll(
    /^( *(?:"[^"]+": )?)\[\n([^[\]{}]*?)\n *\](,?)$/gm,
    (whole, start: string, items: string, comma: string) => {
      const line = `${start}[${items.trim().replaceAll(/\n */g, ' ')}]${comma}`;
      return line.length <= LINE_WIDTH ? line : whole;
    },
  )}\n`;
}
