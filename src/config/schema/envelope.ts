import { z } from 'zod';
import type { ResourceKind } from '../../policy/resource.ts';

/** The API group of Ratify v1, whose kinds are read here. */
export const API_GROUP = 'config.ratify.deislabs.io';

export const API_VERSIONS: readonly string[] = ['v1beta1', 'v1alpha1'];

/** A name under Kubernetes' rules for custom resources (RFC 1123 subdomain). */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** A namespace under Kubernetes' rules (RFC 1123 label). */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const resourceName = z
  .string({ error: 'metadata.name is required' })
  .regex(NAME, 'a name has lower-case letters, digits, "-" and ".", at most 253 of them')
  .describe('Name of the resource. Required.');

export const resourceNamespace = z
  .string({ error: 'metadata.namespace is required in a namespaced resource' })
  .regex(NAMESPACE, 'a namespace has lower-case letters, digits and "-", at most 63 of them')
  .describe('Namespace of the resource. Required in the namespaced kinds.');

export interface KindName {
  readonly kind: ResourceKind;
  readonly namespaced: boolean;
}

/** Every kind by the name that `kind:` has for it. */
export const kindNames: ReadonlyMap<string, KindName> = new Map(
  (['Verifier', 'Policy', 'Store', 'KeyManagementProvider'] as const).flatMap(
    (kind): [string, KindName][] => [
      [kind, { kind, namespaced: false }],
      [`Namespaced${kind}`, { kind, namespaced: true }],
    ],
  ),
);

/** Kinds of the group that serve other signature formats: known, and without a part in any verdict here. */
export const foreignKinds: ReadonlySet<string> = new Set(['CertificateStore']);
