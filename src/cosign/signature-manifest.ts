import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  type Descriptor,
  isStringMap,
  type Listed,
  type Manifest,
  readDescriptor,
  readListed,
} from '../registry/descriptor.ts';
import { isDigest } from '../registry/digest.ts';
import { PREDICATE_TYPE_ANNOTATION } from './artifact-types.ts';
import type { SimpleSigningAnnotations } from './candidate.ts';

/** The parts of an OCI image manifest (image-spec `manifest.md`) that carry a signature. */
const imageManifest = z.object({
  artifactType: z.string().optional(),
  config: z.object({ mediaType: z.string() }).optional(),
  // Read one by one up to the first that is wrong; there may be many.
  layers: z.array(z.unknown()),
  subject: z.object({ digest: z.string().refine(isDigest, 'not a sha256 digest') }).optional(),
  annotations: z.custom<Readonly<Record<string, string>>>(isStringMap, 'not a map of strings').optional(),
});

export interface SignatureManifest {
  /** `artifactType`, or the config's media type, which stood for it before OCI 1.1. */
  readonly artifactType: string | undefined;
  readonly layers: readonly Descriptor[];
  /** The digest that the manifest says it belongs to. Nobody signed it. */
  readonly subject: string | undefined;
  /** The predicate type that the manifest says its bundle has. A hint: nobody signed it. */
  readonly predicateType: string | undefined;
}

/** @throws SIGNATURE_MALFORMED when it is no image manifest */
export function readSignatureManifest(manifest: Manifest): SignatureManifest {
  const parsed = imageManifest.safeParse(manifest.json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(manifest, issue === undefined ? '' : `: ${issue.path.join('.')} ${issue.message}`);
  }
  const { artifactType, config, layers, subject, annotations } = parsed.data;
  return {
    artifactType: artifactType ?? config?.mediaType,
    layers: layers.map((layer, index) => {
      const descriptor = readDescriptor(layer);
      if (descriptor === undefined) throw malformed(manifest, `: layers.${index} is no descriptor`);
      return descriptor;
    }),
    subject: subject?.digest,
    predicateType: annotations?.[PREDICATE_TYPE_ANNOTATION],
  };
}

/**
 * The listing under a fallback tag. undefined: not an index, so nothing is listed (distribution-spec).
 *
 * @throws LIMIT_EXCEEDED where it has more entries than are looked at, as with the referrers API
 */
export function readFallbackIndex(manifest: Manifest): readonly Listed[] | undefined {
  const { manifests } = manifest.json;
  if (!Array.isArray(manifests)) return undefined;
  if (manifests.length > limits.referrers) {
    throw new CountersignError(
      'LIMIT_EXCEEDED',
      `the fallback tag lists ${manifests.length} artifacts; at most ${limits.referrers} are read`,
    );
  }
  return manifests.map(readListed);
}

/** The annotations of a layer by their exact names; the cosign specification's text spells two of them differently. */
export function readAnnotations(layer: Descriptor): SimpleSigningAnnotations {
  const of = (name: string): string | undefined => layer.annotations?.[name];
  const signature = of('dev.cosignproject.cosign/signature');
  const certificate = of('dev.sigstore.cosign/certificate');
  const chain = of('dev.sigstore.cosign/chain');
  const bundle = of('dev.sigstore.cosign/bundle');
  const timestamp = of('dev.sigstore.cosign/rfc3161timestamp');
  return {
    ...(signature !== undefined && { signature }),
    ...(certificate !== undefined && { certificate }),
    ...(chain !== undefined && { chain }),
    ...(bundle !== undefined && { bundle }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

function malformed(manifest: Manifest, where: string): CountersignError {
  return new CountersignError('SIGNATURE_MALFORMED', `${manifest.digest} is not an image manifest${where}`);
}
