import { COSIGN_ARTIFACT_TYPE } from '../verdict.ts';

/** The layer of a `.sig` manifest: one a signature (cosign SIGNATURE_SPEC). */
export const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Predicate type of the statement that is a signature (cosign BUNDLE_SPEC); every other one is an attestation. */
export const SIGNATURE_PREDICATE_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** Annotation of a bundle's descriptor or manifest. Nobody signed it: a hint for the order, never for a verdict. */
export const PREDICATE_TYPE_ANNOTATION = 'dev.sigstore.bundle.predicateType';

/** Covers `….bundle.v0.3+json` and `….bundle+json;version=0.1`; which versions are accepted is the verifier's to say. */
const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';

/**
 * Artifact types that say nothing about the artifact. Some registries and clients put the media type of the (empty)
 * config into the listing, so these are looked at, not passed over.
 */
const UNTELLING = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

export type ArtifactForm = 'bundle' | 'simple-signing' | 'unknown' | 'foreign';

export function formOf(artifactType: string | undefined): ArtifactForm {
  if (artifactType === undefined || UNTELLING.has(artifactType)) return 'unknown';
  if (artifactType.startsWith(BUNDLE_PREFIX)) return 'bundle';
  return artifactType === COSIGN_ARTIFACT_TYPE ? 'simple-signing' : 'foreign';
}
