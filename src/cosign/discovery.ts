import { CountersignError, catalogue, reason, reasonOf } from '../errors.ts';
import { limits } from '../limits.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { CallContext, RegistryClient } from '../registry/client.ts';
import type { Descriptor, Listed, UnusableDescriptor } from '../registry/descriptor.ts';
import type { Digest } from '../registry/digest.ts';
import type { Repository } from '../registry/reference.ts';
import type { SignatureSource } from '../verdict.ts';
import {
  formOf,
  PREDICATE_TYPE_ANNOTATION,
  SIGNATURE_PREDICATE_TYPE,
  SIMPLE_SIGNING_MEDIA_TYPE,
} from './artifact-types.ts';
import type { Finding } from './candidate.ts';
import {
  readAnnotations,
  readFallbackIndex,
  readSignatureManifest,
  type SignatureManifest,
} from './signature-manifest.ts';

/** The image whose signatures are looked for, and how its registry is reached. */
export interface Subject {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly access: RegistryAccess;
}

type Path = SignatureSource['path'];
type Emit = (finding: Finding) => void;

/**
 * Looks in every place where cosign puts signatures: the `.sig` tag, the referrers API, and the fallback tag that
 * stands in for it. All are asked at once, and what is found is handed over as it comes, so that one good signature
 * can decide while a slow path is still open.
 *
 * Never rejects: a place that can't be asked is a `failure`, a signature that can't be read is `malformed`.
 * Resolves when every place has answered.
 */
export async function discover(
  client: RegistryClient,
  subject: Subject,
  call: CallContext,
  emit: Emit,
): Promise<void> {
  const search = new Search(client, subject, call, emit);
  await Promise.all([
    subject.access.cosignEnabled ? search.signatureTag() : undefined,
    search.referrersApi(),
    search.fallbackTag(),
  ]);
}

class Search {
  readonly #client: RegistryClient;
  readonly #subject: Subject;
  readonly #call: CallContext;
  readonly #emit: Emit;
  /** The referrers API and the fallback tag may list the same manifest: it counts once. */
  readonly #fetched = new Set<Digest>();
  readonly #passedOver = new Set<string>();
  #signatures = 0;
  #limitReported = false;

  constructor(client: RegistryClient, subject: Subject, call: CallContext, emit: Emit) {
    this.#client = client;
    this.#subject = subject;
    this.#call = call;
    this.#emit = emit;
  }

  async signatureTag(): Promise<void> {
    const { access, repository, digest } = this.#subject;
    const source = sourceOf('signature-tag', 'simple-signing');
    await this.#guard(source, async () => {
      const manifest = await this.#client.manifest(access, repository, `${tagOf(digest)}.sig`, this.#call);
      if (manifest === undefined) return;
      const from = { ...source, manifest: manifest.digest };
      await this.#guard(from, () => this.#simpleSigning(from, readSignatureManifest(manifest)));
    });
  }

  async referrersApi(): Promise<void> {
    const { access, repository, digest } = this.#subject;
    await this.#guard(sourceOf('referrers-api', 'bundle'), async () => {
      const referrers = await this.#client.referrers(access, repository, digest, this.#call);
      if (referrers !== undefined) await this.#referrers('referrers-api', referrers);
    });
  }

  async fallbackTag(): Promise<void> {
    const { access, repository, digest } = this.#subject;
    await this.#guard(sourceOf('fallback-tag', 'bundle'), async () => {
      const maxBytes = limits.referrersPage;
      const manifest = await this.#client.manifest(access, repository, tagOf(digest), this.#call, maxBytes);
      if (manifest === undefined) return;
      const listed = readFallbackIndex(manifest);
      if (listed === undefined) this.#passOver(manifest.digest, manifest.mediaType);
      else await this.#referrers('fallback-tag', listed);
    });
  }

  async #referrers(path: Path, listed: readonly Listed[]): Promise<void> {
    for (const entry of listed) if ('unusable' in entry) this.#unusable(path, entry);
    // Signatures by their hint first, so that an image with many attestations is decided early.
    const usable = listed.filter((entry): entry is Descriptor => !('unusable' in entry));
    const ordered = usable.toSorted((a, b) => urgency(a) - urgency(b));
    await Promise.all(ordered.map((descriptor) => this.#listed(path, descriptor)));
  }

  async #listed(path: Path, descriptor: Descriptor): Promise<void> {
    if (this.#fetched.has(descriptor.digest)) return;
    // Nobody proved what a listing says: it may spare a fetch, but not silence what another path says of the same digest.
    if (formOf(descriptor.artifactType) === 'foreign')
      return this.#passOver(descriptor.digest, descriptor.artifactType);
    this.#fetched.add(descriptor.digest);
    if (this.#fetched.size > limits.referrersFetched) {
      return this.#exceeded(path, `more than ${limits.referrersFetched} artifacts are attached`);
    }
    await this.#guard(sourceOf(path, 'bundle'), () => this.#referrer(path, descriptor));
  }

  #unusable(path: Path, entry: UnusableDescriptor): void {
    if (entry.unusable === 'algorithm') {
      this.#passOver(entry.digest, entry.artifactType);
      return;
    }
    this.#emit({
      kind: 'malformed',
      source: sourceOf(path, 'bundle'),
      reason: reason(
        'SIGNATURE_MALFORMED',
        'the listing of what is attached has an entry that is no descriptor',
      ),
    });
  }

  async #referrer(path: Path, descriptor: Descriptor): Promise<void> {
    const { access, repository, digest } = this.#subject;
    const manifest = await this.#client.manifest(access, repository, descriptor.digest, this.#call);
    // Listed and gone: it was deleted in between.
    if (manifest === undefined) return;
    const source = { ...sourceOf(path, 'bundle'), manifest: manifest.digest };
    await this.#guard(source, async () => {
      const read = readSignatureManifest(manifest);
      const form = formOf(read.artifactType);
      // A listing is the registry's word; only a manifest that names this image as its subject belongs to it.
      const belongs = read.subject === digest;
      if (form === 'foreign' || (form === 'unknown' && !belongs))
        return this.#passOver(manifest.digest, read.artifactType);
      if (!belongs) {
        throw new CountersignError(
          'SUBJECT_MISMATCH',
          `${manifest.digest} is listed as attached to this image, but its subject is ${read.subject ?? 'none'}`,
        );
      }
      if (form === 'simple-signing') return this.#simpleSigning({ ...source, form }, read);
      return this.#bundle(source, read, form === 'bundle');
    });
  }

  /** One candidate a layer. */
  async #simpleSigning(source: SignatureSource, manifest: SignatureManifest): Promise<void> {
    const layers = manifest.layers.filter((layer) => layer.mediaType === SIMPLE_SIGNING_MEDIA_TYPE);
    if (layers.length === 0) this.#passOver(source.manifest, manifest.artifactType);
    await Promise.all(
      layers.map((layer) => {
        const from = { ...source, blob: layer.digest };
        return this.#guard(from, async () => {
          if (!this.#admit(source.path)) return;
          const payload = await this.#blob(layer, limits.payload);
          this.#emit({
            kind: 'candidate',
            candidate: {
              source: from,
              content: { kind: 'simple-signing', payload, annotations: readAnnotations(layer) },
            },
          });
        });
      }),
    );
  }

  /** A bundle manifest has exactly one layer, the bundle (cosign BUNDLE_SPEC). */
  async #bundle(source: SignatureSource, manifest: SignatureManifest, declared: boolean): Promise<void> {
    const layers = manifest.layers.filter((layer) => formOf(layer.mediaType) === 'bundle');
    const [layer] = layers;
    if (layer === undefined && !declared) return this.#passOver(source.manifest, manifest.artifactType);
    if (layer === undefined || manifest.layers.length !== 1) {
      throw new CountersignError(
        'SIGNATURE_MALFORMED',
        `the bundle manifest ${source.manifest} has ${manifest.layers.length} layers, ${layers.length} of them bundles, instead of one`,
      );
    }
    // Attested SBOMs may be of any size. What is too large to be read can't be the signature that decides, so the hint
    // costs nothing to believe here, and a large SBOM doesn't count as a signature that fails.
    if (layer.size > limits.bundle && isAttestation(manifest.predicateType)) {
      return this.#passOver(source.manifest, manifest.predicateType);
    }
    if (!this.#admit(source.path)) return;
    const from = { ...source, blob: layer.digest };
    await this.#guard(from, async () => {
      const bytes = await this.#blob(layer, limits.bundle);
      this.#emit({ kind: 'candidate', candidate: { source: from, content: { kind: 'bundle', bytes } } });
    });
  }

  async #blob(layer: Descriptor, maxBytes: number): Promise<Uint8Array> {
    if (layer.size > maxBytes) {
      throw new CountersignError(
        'LIMIT_EXCEEDED',
        `the signature ${layer.digest} has ${layer.size} bytes; at most ${maxBytes} are read`,
      );
    }
    const { access, repository } = this.#subject;
    const bytes = await this.#client.blob(access, repository, layer, maxBytes, this.#call);
    if (bytes === undefined) {
      throw new CountersignError(
        'REGISTRY_RESPONSE_INVALID',
        `the signature blob ${layer.digest} is listed, but the registry does not have it`,
      );
    }
    return bytes;
  }

  /** Counts signatures over all paths; past the limit the rest is reported once instead of read. */
  #admit(path: Path): boolean {
    this.#signatures += 1;
    if (this.#signatures <= limits.signatures) return true;
    this.#exceeded(path, `more than ${limits.signatures} signatures are attached`);
    return false;
  }

  #exceeded(path: Path, message: string): void {
    if (this.#limitReported) return;
    this.#limitReported = true;
    this.#emit({
      kind: 'malformed',
      source: sourceOf(path, 'bundle'),
      reason: reason('LIMIT_EXCEEDED', `${message}; the rest is not read`),
    });
  }

  #passOver(manifest: string, artifactType: string | undefined): void {
    if (this.#passedOver.has(manifest)) return;
    this.#passedOver.add(manifest);
    this.#emit({ kind: 'passed-over', manifest, artifactType: artifactType ?? 'unknown' });
  }

  /** What is wrong with the artifact itself is a signature that doesn't count; everything else is a failed path. */
  async #guard(source: SignatureSource, read: () => Promise<void> | void): Promise<void> {
    try {
      await read();
    } catch (error) {
      const why = reasonOf(error);
      const retryAfter = error instanceof CountersignError ? error.retryAfter : undefined;
      if (catalogue[why.code].class === 'rejected') this.#emit({ kind: 'malformed', source, reason: why });
      else
        this.#emit({
          kind: 'failure',
          path: source.path,
          reason: why,
          ...(retryAfter !== undefined && { retryAfter }),
        });
    }
  }
}

/** A source of which no more is known yet than where it was looked for. */
function sourceOf(path: Path, form: SignatureSource['form']): SignatureSource {
  return { path, manifest: '', blob: '', form };
}

/** `sha256:<hex>` → `sha256-<hex>` (distribution-spec, referrers tag schema). */
function tagOf(digest: Digest): string {
  return digest.replace(':', '-');
}

/** Hinted signatures first, hinted attestations last. */
function urgency(descriptor: Descriptor): number {
  const hint = descriptor.annotations?.[PREDICATE_TYPE_ANNOTATION];
  if (hint === undefined) return 1;
  return isAttestation(hint) ? 2 : 0;
}

function isAttestation(predicateType: string | undefined): boolean {
  return predicateType !== undefined && predicateType !== SIGNATURE_PREDICATE_TYPE;
}
