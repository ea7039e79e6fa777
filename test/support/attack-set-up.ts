import { afterAll, beforeAll } from 'vitest';
import type { Flags } from '../../src/config/settings.ts';
import {
  createDemoRegistry,
  type DemoRegistry,
  type DemoRegistryOptions,
} from '../../src/demo/registry/demo-registry.ts';
import { type Place, publishImage } from '../../src/demo/registry/image.ts';
import type { CertificateOverrides } from '../../src/demo/sigstore/certificate-authority.ts';
import { createDemoSigstore, type DemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity, type Identity } from '../../src/demo/sigstore/identity.ts';
import { publishBundle, publishLegacy } from '../../src/demo/sigstore/publish.ts';
import type { LegacySignature, Proofs, SignedBundle } from '../../src/demo/sigstore/signer.ts';
import type { SigningKey } from '../../src/demo/sigstore/signing-key.ts';
import type { VerificationValue } from '../../src/server/response-item.ts';
import type { TrustedRootJson } from './private-sigstore.ts';
import { policy, store, trustRoot, verifier, yamlOf } from './resources.ts';
import { startTestProvider, type TestProvider, type TestWorld } from './test-provider.ts';

/** The workflow that the policies of the tests trust. */
export const RELEASE: Identity = githubIdentity({
  repository: 'acme/app',
  path: '.github/workflows/release.yml',
});

/** Somebody with a valid certificate of the same Sigstore, whom nobody trusts. */
export const MALLORY: Identity = { issuer: 'https://accounts.example.com', subject: 'mallory@example.com' };

const DAY = 24 * 3_600_000;

export interface AttackSetUpOptions {
  readonly registry?: DemoRegistryOptions;
  /** Trust policies of the one Verifier. Default: `releasePolicy` for the whole registry. */
  readonly trustPolicies?: (host: string) => readonly unknown[];
  /** Trust roots by name. Default: `private`, that of the set-up's Sigstore. */
  readonly trustRoots?: Readonly<Record<string, string>>;
  readonly mode?: 'any' | 'all';
  /** Everything else that is configured. Default: a Store that lists the registry, by plain http. */
  readonly resources?: (host: string) => readonly unknown[];
  /** Default: one of its own, trusted since yesterday. */
  readonly sigstore?: DemoSigstore;
  readonly flags?: Flags;
  readonly world?: TestWorld;
}

/** An image on the set-up's registry. */
export interface AttackedImage extends Place {
  readonly digest: string;
  /** `host/repository@digest`: a key of a request. */
  readonly key: string;
}

/** How a signature differs from an honest one by the release workflow. */
interface SignOptions {
  /** Default: that of the image. */
  readonly digest?: string;
  readonly identity?: Identity;
  readonly key?: SigningKey;
  readonly certificate?: CertificateOverrides;
}

/**
 * A registry on a socket, a private Sigstore and the whole provider, started before the tests of the enclosing
 * `describe` and closed after them.
 */
export function setUpAttack(options: AttackSetUpOptions = {}): AttackSetUp {
  const setUp = new AttackSetUp(options);
  beforeAll(() => setUp.start());
  afterAll(() => setUp.close());
  return setUp;
}

/** `scope`: default the whole registry. `changes` are fields of the trust policy. */
export function releasePolicy(host: string, changes: object = {}): Record<string, unknown> {
  return {
    name: 'release',
    scopes: [`${host}/*`],
    trustRoot: 'private',
    keyless: { identities: [{ issuer: RELEASE.issuer, identity: RELEASE.subject }] },
    ...changes,
  };
}

/** A `trusted_root.json` with one part of it changed. */
export function changedRoot(sigstore: DemoSigstore, change: (root: TrustedRootJson) => void): string {
  const root: TrustedRootJson = JSON.parse(sigstore.trustedRoot());
  change(root);
  return JSON.stringify(root);
}

/** In one line: `verified`, `rejected CODE` or `unavailable CODE`. */
export function verdictOf(value: VerificationValue | undefined): string {
  if (value === undefined) return 'no answer';
  const { isSuccess, code, errors } = value;
  if (isSuccess) return code === undefined && errors.length === 0 ? 'verified' : `contradictory ${code}`;
  return `${errors.length === 0 ? 'rejected' : 'unavailable'} ${code}`;
}

/** A Sigstore that has been trusted since yesterday: there is a past that an attacker may lie about. */
export function createEstablishedSigstore(): DemoSigstore {
  let age = DAY;
  const sigstore = createDemoSigstore({ now: () => new Date(Date.now() - age) });
  age = 0;
  return sigstore;
}

export class AttackSetUp {
  readonly registry: DemoRegistry;
  readonly sigstore: DemoSigstore;
  readonly #options: AttackSetUpOptions;
  readonly #more: TestProvider[] = [];
  #provider: TestProvider | undefined;
  #images = 0;

  constructor(options: AttackSetUpOptions) {
    this.#options = options;
    this.registry = createDemoRegistry(options.registry);
    this.sigstore = options.sigstore ?? createEstablishedSigstore();
  }

  async start(): Promise<void> {
    await this.registry.start();
    this.#provider = await this.#startProvider({});
  }

  async close(): Promise<void> {
    await Promise.all([this.#provider, ...this.#more].map((provider) => provider?.close()));
    await this.registry.close();
  }

  get host(): string {
    return this.registry.host;
  }

  /** @throws Error before `start` */
  get provider(): TestProvider {
    if (this.#provider === undefined) throw new Error('the set-up is not started');
    return this.#provider;
  }

  /** Another provider in front of the same registry; closed with the set-up. */
  async another(options: Omit<AttackSetUpOptions, 'registry' | 'sigstore'>): Promise<TestProvider> {
    const provider = await this.#startProvider(options);
    this.#more.push(provider);
    return provider;
  }

  /** The configuration as YAML, with these parts of it changed. */
  yaml(options: Omit<AttackSetUpOptions, 'registry' | 'sigstore'> = {}): string {
    const {
      trustPolicies = (host: string) => [releasePolicy(host)],
      trustRoots = { private: this.sigstore.trustedRoot() },
      resources = (host: string) => [store([{ host, plainHttp: true }])],
      mode,
    } = { ...this.#options, ...options };
    return yamlOf(
      policy(mode),
      verifier(trustPolicies(this.host)),
      ...Object.entries(trustRoots).map(([name, json]) => trustRoot(name, json)),
      ...resources(this.host),
    );
  }

  /** Pushes an image that no other test has, without any signature. */
  image(repository = 'acme/app', tag?: string): AttackedImage {
    this.#images += 1;
    const place = { registry: this.registry, repository };
    const { digest } = publishImage(place, `image ${this.#images}`, tag);
    return { ...place, digest, key: `${this.host}/${repository}@${digest}` };
  }

  /** A signature in the form of cosign 3, by the release workflow unless told otherwise; not yet attached. */
  bundle({ digest }: AttackedImage, options: SignOptions & Proofs = {}): SignedBundle {
    return this.sigstore.signBundle({ digest, identity: RELEASE, ...options });
  }

  /** A signature in the form of cosign 1 and 2, by the release workflow unless told otherwise; not yet attached. */
  legacy(
    { digest, repository }: AttackedImage,
    options: SignOptions & { readonly log?: 'v1' | 'none'; readonly timestamp?: boolean } = {},
  ): LegacySignature {
    const dockerReference = `${this.host}/${repository}`;
    return this.sigstore.signLegacy({ digest, dockerReference, identity: RELEASE, ...options });
  }

  /** Attaches a bundle as a referrer, and returns the image. */
  attach(image: AttackedImage, bundle: SignedBundle): AttackedImage {
    publishBundle(image, image.digest, bundle);
    return image;
  }

  /** Attaches signatures as layers of the `.sig` manifest, and returns the image. */
  attachLegacy(image: AttackedImage, ...signatures: readonly LegacySignature[]): AttackedImage {
    publishLegacy(image, image.digest, signatures);
    return image;
  }

  /** A fresh image with an honest signature: what every attack has as its twin. */
  signed(form: 'bundle' | 'legacy' = 'bundle', repository?: string, tag?: string): AttackedImage {
    const image = this.image(repository, tag);
    return form === 'bundle'
      ? this.attach(image, this.bundle(image))
      : this.attachLegacy(image, this.legacy(image));
  }

  /** Asks the provider as Gatekeeper does: `verified`, `rejected CODE` or `unavailable CODE`. */
  async judge(image: AttackedImage | string, provider = this.provider): Promise<string> {
    return verdictOf(await this.ask(image, provider));
  }

  async ask(image: AttackedImage | string, provider = this.provider): Promise<VerificationValue | undefined> {
    const [value] = await provider.verify(typeof image === 'string' ? image : image.key);
    return value;
  }

  #startProvider(options: Omit<AttackSetUpOptions, 'registry' | 'sigstore'>): Promise<TestProvider> {
    const { flags, world } = { ...this.#options, ...options };
    return startTestProvider(this.yaml(options), flags, world);
  }
}
