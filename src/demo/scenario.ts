import { errorAnswer } from './registry/answer.ts';
import type { Fault } from './registry/demo-registry.ts';
import { type Place, publishImage } from './registry/image.ts';
import type { RegistryRequest } from './registry/registry-request.ts';
import type { DemoSigstore } from './sigstore/demo-sigstore.ts';
import { githubIdentity, type Identity } from './sigstore/identity.ts';
import { publishBundle, publishLegacy } from './sigstore/publish.ts';

/** The workflow that the demo's policy trusts. */
export const TRUSTED: Identity = githubIdentity({
  repository: 'acme/app',
  path: '.github/workflows/release.yml',
});

/** A workflow of a repository whose name starts with that of the trusted one. */
const SOMEBODY_ELSE: Identity = githubIdentity({
  repository: 'acme/app-evil',
  path: '.github/workflows/release.yml',
});

/** One image of the demo, and what an honest verifier says of it. */
export interface DemoImage {
  /** Repository and tag on the demo's registry. */
  readonly name: string;
  readonly story: string;
  readonly expected: 'verified' | 'rejected' | 'unavailable';
}

interface Publication extends DemoImage {
  publish(place: Place, digest: string, sigstore: DemoSigstore): void;
}

const BROKEN = 'demo/broken';

const PUBLICATIONS: readonly Publication[] = [
  {
    name: 'demo/signed',
    story: 'signed by the release workflow',
    expected: 'verified',
    publish: (place, digest, sigstore) =>
      publishBundle(place, digest, sigstore.signBundle({ digest, identity: TRUSTED, log: 'v2' })),
  },
  {
    name: 'demo/signed-legacy',
    story: 'signed by it as cosign 2 does',
    expected: 'verified',
    publish: (place, digest, sigstore) =>
      publishLegacy(place, digest, [
        sigstore.signLegacy({ digest, dockerReference: place.repository, identity: TRUSTED }),
      ]),
  },
  {
    name: 'demo/wrong-identity',
    story: 'signed by a workflow of another repository',
    expected: 'rejected',
    publish: (place, digest, sigstore) =>
      publishBundle(place, digest, sigstore.signBundle({ digest, identity: SOMEBODY_ELSE })),
  },
  { name: 'demo/unsigned', story: 'nothing is attached', expected: 'rejected', publish: () => {} },
  {
    name: 'demo/copied',
    story: 'the signature was made for another image',
    expected: 'rejected',
    publish(place, digest, sigstore) {
      const other = publishImage(place, 'another image');
      publishBundle(place, digest, sigstore.signBundle({ digest: other.digest, identity: TRUSTED }));
    },
  },
  {
    name: 'demo/attested',
    story: 'an attestation by the workflow, no signature',
    expected: 'rejected',
    publish(place, digest, sigstore) {
      const about = { digest, name: `${place.registry.host}/${place.repository}` };
      const predicate = { predicateType: 'https://slsa.dev/provenance/v1', predicate: {} };
      publishBundle(place, digest, sigstore.attest({ ...about, ...predicate, identity: TRUSTED }));
    },
  },
  {
    name: BROKEN,
    story: 'the registry fails when asked for signatures',
    expected: 'unavailable',
    publish: () => {},
  },
];

const TAG = 'v1';

/** Puts the demo's images and what belongs to them into a registry. */
export function publishScenario(registry: Place['registry'], sigstore: DemoSigstore): readonly DemoImage[] {
  return PUBLICATIONS.map(({ name, story, expected, publish }) => {
    const place = { registry, repository: name };
    publish(place, publishImage(place, name, TAG).digest, sigstore);
    return { name: `${name}:${TAG}`, story, expected };
  });
}

/** The registry's part in the image whose registry is broken: the image is there, its signatures can't be had. */
export function scenarioFaults({ target }: RegistryRequest): Fault | undefined {
  const asksSignatures =
    (target.kind === 'manifest' || target.kind === 'referrers') &&
    target.repository === BROKEN &&
    target.reference !== TAG;
  return asksSignatures ? errorAnswer(500, 'UNKNOWN', 'the storage of this registry is broken') : undefined;
}
