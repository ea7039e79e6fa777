import { createHash } from 'node:crypto';
import type { TrustRoot } from '../policy/trust-policy.ts';
import { parsePublicKey } from '../sigstore/public-key.ts';
import { parseTrustRoot, publicGoodTrustRoot } from '../sigstore/trust-root.ts';
import { type FieldPath, findingOf } from './diagnostic.ts';
import { type FileContents, resolvePath } from './referenced-files.ts';
import type { ResourceOf } from './resource.ts';
import type { Report } from './settle.ts';

/** What a KeyManagementProvider has to give. */
export type Provider =
  | { readonly kind: 'key'; readonly pem: string }
  | { readonly kind: 'trust-root'; readonly trustRoot: TrustRoot }
  /** Accepted, since other programs may read the same resources; of no use to cosign signatures. */
  | { readonly kind: 'certificate' };

export function compileProvider(
  resource: ResourceOf<'KeyManagementProvider'>,
  files: FileContents,
  report: Report,
): Provider | undefined {
  const { spec, id, origin } = resource;
  if (spec.type === 'inline') {
    if (spec.parameters.contentType === 'certificate') return { kind: 'certificate' };
    const pem = readPublicKey(spec.parameters.value, ['spec', 'parameters', 'value'], report);
    return pem === undefined ? undefined : { kind: 'key', pem };
  }
  const { preset, file, inline } = spec.parameters;
  if (preset !== undefined) return { kind: 'trust-root', trustRoot: publicGood() };
  const name = id.namespace === undefined ? id.name : `${id.namespace}/${id.name}`;
  if (file === undefined) return readTrustRoot(name, inline ?? '', ['spec', 'parameters', 'inline'], report);

  const path: FieldPath = ['spec', 'parameters', 'file'];
  const content = files.get(resolvePath(origin, file));
  if (content?.kind === 'text') return readTrustRoot(name, content.text, path, report);
  report({
    path,
    code: 'FILE_UNREADABLE',
    message: `the trust root ${file} can't be read: ${content?.why ?? 'it was not read'}`,
  });
  return undefined;
}

/** The public-good trust root, which is in force wherever no other one is named. */
export function publicGood(): TrustRoot {
  const { json, sha256 } = publicGoodTrustRoot();
  return { name: 'public-good', json, fingerprint: sha256 };
}

/** @returns the key as PEM SubjectPublicKeyInfo, the same text for every way to write the same key */
export function readPublicKey(text: string, path: FieldPath, report: Report): string | undefined {
  try {
    return parsePublicKey(text).key.export({ format: 'pem', type: 'spki' }).toString();
  } catch (error) {
    report(findingOf(path, error));
    return undefined;
  }
}

function readTrustRoot(name: string, json: string, path: FieldPath, report: Report): Provider | undefined {
  try {
    parseTrustRoot(json);
  } catch (error) {
    report(findingOf(path, error));
    return undefined;
  }
  return {
    kind: 'trust-root',
    trustRoot: { name, json, fingerprint: createHash('sha256').update(json).digest('hex') },
  };
}
