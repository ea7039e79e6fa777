import type { PublicKey } from '../policy/trust-policy.ts';
import { readPublicKey } from './compile-provider.ts';
import type { FieldPath } from './diagnostic.ts';
import type { ProviderLookup } from './provider-lookup.ts';
import { type FileContents, resolvePath } from './referenced-files.ts';
import type { ResourceOf } from './resource.ts';
import type { KeySpec } from './schema/verifier.ts';
import { isSet } from './schema/verifier-rules.ts';
import type { Report } from './settle.ts';

/** Where a key is asked for. */
export interface KeyContext {
  readonly resource: ResourceOf<'Verifier'>;
  readonly files: FileContents;
  readonly report: Report;
  readonly path: FieldPath;
}

export function compileKey(
  key: KeySpec,
  policy: string,
  context: KeyContext & { readonly providers: ProviderLookup },
): PublicKey | undefined {
  const { resource, providers, path, report } = context;
  if (isSet(key.file)) return compileKeyFile(key.file, policy, { ...context, path: [...path, 'file'] });

  const providerName = key.provider ?? '';
  const missing = (message: string) =>
    report({ path, code: 'REFERENCE_MISSING', message: `Invalid trust policy [${policy}]: ${message}` });
  const found = providers(providerName, resource.id);
  if (found.kind === 'refused') {
    report({ path, code: found.code, message: `Invalid trust policy [${policy}]: ${found.message}` });
  } else if (found.provider.kind !== 'key') {
    missing(`the key management provider ${providerName} holds no public key`);
  } else if (isSet(key.name)) {
    // A provider of type inline has one key, which goes by no name.
    const version = isSet(key.version) ? ` with version ${key.version}` : '';
    missing(`key ${key.name}${version} not found in key management provider ${providerName}`);
  } else {
    return { name: providerName, pem: found.provider.pem };
  }
  return undefined;
}

export function compileKeyFile(file: string, policy: string, context: KeyContext): PublicKey | undefined {
  const { resource, files, path, report } = context;
  const content = files.get(resolvePath(resource.origin, file));
  if (content?.kind === 'text') {
    const pem = readPublicKey(content.text, path, report);
    return pem === undefined ? undefined : { name: file, pem };
  }
  report({
    path,
    code: 'FILE_UNREADABLE',
    message: `Invalid trust policy [${policy}]: failed to load the key from file ${file}: ${content?.why ?? 'it was not read'}`,
    remediation: 'Ensure that the key file path is correct and public key is correctly saved.',
  });
  return undefined;
}
