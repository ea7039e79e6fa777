import type { Subject } from '../cosign/discovery.ts';
import { readSignatureManifest } from '../cosign/signature-manifest.ts';
import type { CallContext, RegistryClient } from '../registry/client.ts';

/** Something that is attached to an image and is no signature of it. */
export interface Attachment {
  /** Digest of its manifest. */
  readonly manifest: string;
  /** Artifact type, or predicate type of an attestation; anybody's word. */
  readonly artifactType: string;
}

/** Tags beside `.sig` under which cosign 2 keeps attestations and SBOMs. */
const SUFFIXES = ['.att', '.sbom'];

/**
 * What cosign 2 attached by tag without signing the image. No verdict looks there, since none could depend on it; who
 * wonders where the attestation went is told. A tag that can't be asked is passed over: the places that count say why.
 */
export async function taggedAttachments(
  client: RegistryClient,
  { repository, digest, access }: Subject,
  call: CallContext,
): Promise<readonly Attachment[]> {
  const found = await Promise.all(
    SUFFIXES.map(async (suffix) => {
      try {
        const tag = `${digest.replace(':', '-')}${suffix}`;
        const manifest = await client.manifest(access, repository, tag, call);
        if (manifest === undefined) return [];
        return readSignatureManifest(manifest).layers.map(({ mediaType, annotations }) => ({
          manifest: manifest.digest,
          artifactType: annotations?.['predicateType'] ?? mediaType,
        }));
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}
