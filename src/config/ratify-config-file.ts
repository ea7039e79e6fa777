import { isJsonObject } from '../strict-json.ts';
import { fieldOf, TWICE } from './canonical-fields.ts';
import { closestName } from './closest-name.ts';
import { type Diagnostic, diagnose, type FieldPath, type Finding } from './diagnostic.ts';
import { API_GROUP } from './schema/envelope.ts';
import { POLICY_NAME } from './schema/policy.ts';
import type { SourceContent, SourceResource, UnreadPlace } from './source.ts';

/** The sections of Ratify's `config.json` that hold plugins. */
const PLUGIN_SECTIONS = ['store', 'policy', 'verifier'];

/** Fields of such a section beside its plugins, in lower case; without effect. */
const SECTION_FIELDS = ['version', 'pluginbindirs'];

/** Sections that set what a process takes from its flags, and the flags. */
const PROCESS_SECTIONS: Readonly<Record<string, string>> = {
  executor: '--verify-deadline and --mutate-deadline set how long a request may take',
  logger: '--log-format and --trace-id-header set how logs look',
  crl: 'no certificate that signs with cosign has a revocation list',
};

/** Fields of a plugin that are fields of `spec`; all others are parameters. */
const SPEC_FIELDS = ['name', 'type', 'version', 'artifactTypes', 'address', 'source'];

interface Plugin {
  readonly value: unknown;
  /** Where it stands in the file. */
  readonly path: FieldPath;
}

/**
 * Puts resources in the place of every `config.json` of Ratify's command line: each plugin becomes the resource that
 * would say the same in a cluster, and is judged as one. Everything else is left as it is.
 *
 * | section | resource |
 * | --- | --- |
 * | `store.plugins[]` | Store `name` |
 * | `policy.plugin` | Policy `ratify-policy` |
 * | `verifier.plugins[]` | Verifier `name` |
 */
export function expandRatifyConfigs(content: SourceContent): SourceContent {
  const parts = content.resources.map((source) =>
    isRatifyConfig(source.value) ? expand(source) : { resources: [source], unread: [], notes: [] },
  );
  return {
    resources: parts.flatMap((part) => part.resources),
    unread: [...content.unread, ...parts.flatMap((part) => part.unread)],
    notes: [...(content.notes ?? []), ...parts.flatMap((part) => part.notes)],
  };
}

/** No Kubernetes object, and at least one of the sections that say what to verify. */
function isRatifyConfig(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const names = Object.keys(value).map((name) => name.toLowerCase());
  const isObject = names.includes('apiversion') || names.includes('kind') || names.includes('metadata');
  return !isObject && PLUGIN_SECTIONS.some((section) => names.includes(section));
}

function expand(source: SourceResource): Required<SourceContent> {
  const { value } = source;
  const stores = pluginsOf(value, 'store');
  const verifiers = pluginsOf(value, 'verifier');
  const policy = fieldOf(fieldOf(value, 'policy'), 'plugin');
  return {
    resources: [
      ...stores.map((plugin) => resourceOf(source, 'Store', plugin)),
      ...(policy === undefined || policy === TWICE ? [] : [policyOf(source, policy)]),
      ...verifiers.map((plugin) => resourceOf(source, 'Verifier', plugin)),
    ],
    unread: [...unknownSections(source), ...unreadSections(source)],
    notes: ignoredSections(source),
  };
}

function pluginsOf(value: unknown, section: string): readonly Plugin[] {
  const plugins = fieldOf(fieldOf(value, section), 'plugins');
  if (plugins === undefined || plugins === null || plugins === TWICE) return [];
  // What is no list is one plugin that can't be read, so that it is not passed over.
  return (Array.isArray(plugins) ? plugins : [plugins]).map((plugin: unknown, index) => ({
    value: plugin,
    path: [section, 'plugins', index],
  }));
}

function resourceOf(source: SourceResource, kind: 'Store' | 'Verifier', plugin: Plugin): SourceResource {
  const { spec, parameters } = splitFields(plugin.value);
  const name = resourceName(fieldOf(plugin.value, 'name'), kind, plugin.path);
  const foreign = kind === 'Store' ? foreignStore(source, plugin) : [];
  return {
    value: { ...envelope(kind, name), spec: { ...spec, parameters } },
    origin: originOf(source, plugin.path),
    damage: [...source.damage, ...foreign],
  };
}

/** The only other plugin of Ratify's that a Store could be is one that somebody wrote and put into a folder. */
function foreignStore({ origin }: SourceResource, { value, path }: Plugin): readonly Diagnostic[] {
  const name = fieldOf(value, 'name');
  if (name === 'oras' || typeof name !== 'string') return [];
  const message = `the store plugin ${JSON.stringify(name)} cannot be loaded, and without it its images cannot be reached as meant`;
  return [
    diagnose(origin, {
      path: [...path, 'name'],
      code: 'FEATURE_UNSUPPORTED',
      message,
      remediation: 'Use the store oras, which is built in.',
    }),
  ];
}

function policyOf(source: SourceResource, policy: unknown): SourceResource {
  const { spec, parameters } = splitFields(policy);
  // The name of the plugin is what a Policy resource calls its type.
  const { name: type, ...others } = spec;
  return {
    value: { ...envelope('Policy', POLICY_NAME), spec: { type, ...others, parameters } },
    origin: originOf(source, ['policy', 'plugin']),
    damage: source.damage,
  };
}

function splitFields(plugin: unknown): {
  spec: Record<string, unknown>;
  parameters: Record<string, unknown>;
} {
  const spec: Record<string, unknown> = {};
  const parameters: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(isJsonObject(plugin) ? plugin : {})) {
    const name = SPEC_FIELDS.find((candidate) => candidate.toLowerCase() === written.toLowerCase());
    // In the spelling of the file: two spellings of one field must both be there to be found.
    (name === undefined ? parameters : spec)[written] = value;
  }
  return { spec, parameters };
}

function envelope(kind: string, name: string) {
  return { apiVersion: `${API_GROUP}/v1beta1`, kind, metadata: { name } };
}

/** Plugins may be called anything; resources may not. */
function resourceName(name: unknown, kind: string, path: FieldPath): string {
  const plain = (name === TWICE ? '' : String(name ?? ''))
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return plain === '' ? `${kind.toLowerCase()}-${path.at(-1)}` : plain;
}

/** Lines are those of the plugin in the file: `spec.parameters.x` of the resource is `x` of the plugin. */
function originOf({ origin }: SourceResource, plugin: FieldPath): SourceResource['origin'] {
  return {
    ...origin,
    locate([first, second, ...rest]) {
      if (first !== 'spec') return origin.locate(plugin);
      const within = second === undefined || second === 'parameters' ? rest : [second, ...rest];
      return origin.locate([...plugin, ...within]);
    },
  };
}

/** Whoever wrote it meant something by it. */
function unknownSections({ value, origin }: SourceResource): readonly UnreadPlace[] {
  const known = [...PLUGIN_SECTIONS, ...Object.keys(PROCESS_SECTIONS)];
  return Object.keys(isJsonObject(value) ? value : {})
    .filter((section) => !known.includes(section.toLowerCase()))
    .map((section) => {
      const suggestion = closestName(section, known);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const message = `${JSON.stringify(section.slice(0, 100))} is not a section of Ratify's config.json${hint}`;
      return {
        place: origin.file ?? '',
        diagnostic: diagnose(origin, { path: [section.slice(0, 100)], code: 'FIELD_UNKNOWN', message }),
      };
    });
}

/** A section whose plugins can't be found says nothing of what it would govern. */
function unreadSections({ value, origin }: SourceResource): readonly UnreadPlace[] {
  return PLUGIN_SECTIONS.flatMap((section) => sectionFindings(section, fieldOf(value, section))).map(
    (finding) => ({ place: origin.file ?? '', diagnostic: diagnose(origin, finding) }),
  );
}

function sectionFindings(section: string, content: unknown): readonly Finding[] {
  const path = [section];
  if (content === undefined || content === null) return [];
  if (content === TWICE) {
    return [{ path, code: 'FIELD_AMBIGUOUS', message: `the section ${section} is written twice` }];
  }
  if (!isJsonObject(content)) {
    return [{ path, code: 'FIELD_INVALID', message: `the section ${section} is no mapping of fields` }];
  }
  const list = section === 'policy' ? 'plugin' : 'plugins';
  const twice = fieldOf(content, list) === TWICE;
  const message = `the field ${list} is written twice`;
  return [
    ...(twice ? [{ path: [section, list], code: 'FIELD_AMBIGUOUS' as const, message }] : []),
    ...Object.keys(content)
      .filter((name) => ![list, ...SECTION_FIELDS].includes(name.toLowerCase()))
      .map((name) => {
        const shown = name.slice(0, 100);
        return {
          path: [section, shown],
          code: 'FIELD_UNKNOWN' as const,
          message: `${JSON.stringify(shown)} is not a field of the section ${section}, whose plugins are in ${list}`,
        };
      }),
  ];
}

function ignoredSections({ value, origin }: SourceResource): readonly Diagnostic[] {
  return Object.entries(PROCESS_SECTIONS).flatMap(([section, instead]) =>
    fieldOf(value, section) === undefined
      ? []
      : [
          diagnose(origin, {
            path: [section],
            code: 'SECTION_IGNORED',
            message: `the section ${section} is not read: ${instead}`,
          }),
        ],
  );
}
