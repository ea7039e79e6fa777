import { generateKeyPairSync } from 'node:crypto';
import { type Compilation, compile } from '../../../src/config/compile.ts';
import type { Diagnostic } from '../../../src/config/diagnostic.ts';
import { type FileContent, filesOf } from '../../../src/config/referenced-files.ts';
import { readResources } from '../../../src/config/resource-reader.ts';
import type { UnreadPlace } from '../../../src/config/source.ts';
import { readYaml } from '../../../src/config/yaml-document.ts';
import type { Governance } from '../../../src/policy/snapshot.ts';
import type { CredentialSource } from '../../../src/registry/access.ts';
import { parseReference } from '../../../src/registry/reference.ts';

export function newKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ format: 'pem', type: 'spki' })
    .toString();
}

/** Text as a YAML (and JSON) scalar on one line. */
export function scalar(text: string): string {
  return JSON.stringify(text);
}

export const POLICY = `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Policy
metadata: {name: ratify-policy}
spec:
  type: config-policy
  parameters: {artifactVerificationPolicies: {default: any}}
`;

/** What a test may say about one load. */
export interface Load {
  /** Text of YAML files by path. */
  readonly yaml: Readonly<Record<string, string>>;
  /** Text of other files by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly unreadable?: readonly string[];
  readonly previous?: Compilation | undefined;
  readonly version?: string;
}

export function load({ yaml, files = {}, unreadable = [], previous, version = '1' }: Load): Compilation {
  const contents = Object.entries(yaml).map(([file, text]) => readYaml(file, text));
  const places: UnreadPlace[] = unreadable.map((place) => ({
    place,
    diagnostic: {
      severity: 'error',
      code: 'FILE_UNREADABLE',
      file: place,
      message: `${place} can't be read`,
      remediation: 'r',
    },
  }));
  const reading = readResources({
    resources: contents.flatMap((content) => content.resources),
    unread: [...contents.flatMap((content) => content.unread), ...places],
  });
  const paths = reading.resources.flatMap(filesOf).map(({ path }) => path);
  return compile({
    reading,
    files: new Map(paths.map((path): [string, FileContent] => [path, contentOf(files[path])])),
    lastGood: previous?.lastGood ?? new Map(),
    generation: 1,
    version,
    credentials: (path): CredentialSource => ({
      fingerprint: path ?? 'default',
      lookup: async () => undefined,
    }),
  });
}

function contentOf(text: string | undefined): FileContent {
  return text === undefined ? { kind: 'unreadable', why: 'it does not exist' } : { kind: 'text', text };
}

export function errors(compilation: Compilation): readonly Diagnostic[] {
  return compilation.diagnostics.filter(({ severity }) => severity === 'error');
}

export function codes(compilation: Compilation): readonly string[] {
  return compilation.diagnostics.map(({ code }) => code);
}

export function governing(compilation: Compilation, image: string, namespace?: string): Governance {
  return compilation.snapshot.governing(parseReference(image), namespace);
}

/** Governance in short: `governed <verifier>/<policy> …`, or its kind and code. */
export function verdictOf(compilation: Compilation, image: string, namespace?: string): string {
  const found = governing(compilation, image, namespace);
  switch (found.kind) {
    case 'governed':
      return `governed ${found.policies.map(({ verifier, name }) => `${verifier.name}/${name}`).join(' ')}`;
    case 'ungoverned':
      return 'ungoverned';
    default:
      return `${found.kind} ${found.reason.code}`;
  }
}

export interface VerifierText {
  readonly name?: string;
  readonly namespace?: string;
  readonly policy?: string;
  readonly scope?: string;
  /** Further YAML below the trust policy, indented by eight. */
  readonly more?: string;
  readonly identity?: string;
}

/** A keyless Verifier of one trust policy. */
export function verifier({
  name = 'v',
  namespace,
  policy = 'p',
  scope = '*',
  more = '',
  identity = 'a@b.c',
}: VerifierText): string {
  return `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: ${namespace === undefined ? '' : 'Namespaced'}Verifier
metadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
    trustPolicies:
      - name: ${policy}
        scopes: ["${scope}"]
        keyless: {certificateIdentity: "${identity}", certificateOIDCIssuer: "https://issuer"}
${more}`;
}

export function documents(...texts: readonly string[]): string {
  return texts.join('\n---\n');
}
