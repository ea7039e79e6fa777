import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type Answer, errorAnswer } from '../../src/demo/registry/answer.ts';
import type { StoredManifest } from '../../src/demo/registry/content-store.ts';
import type { DemoRegistryOptions, Fault } from '../../src/demo/registry/demo-registry.ts';
import type { RegistryRequest } from '../../src/demo/registry/registry-request.ts';
import {
  type AttackedImage,
  type AttackSetUp,
  type AttackSetUpOptions,
  setUpAttack,
  verdictOf,
} from './attack-set-up.ts';
import type { TestProvider } from './test-provider.ts';

/** What a verification asks a registry for, one after the other. `referrer` is a manifest by digest. */
export type Step = 'tag' | 'signature-tag' | 'referrers' | 'fallback-tag' | 'referrer' | 'blob' | 'token';

/** Stands for a repository where a token is asked for. */
export const TOKEN_SERVER = '/token';

type Misbehaviour = Fault | ((request: RegistryRequest) => Fault | undefined);

/** A request that came, with what a log of paths doesn't hold. */
interface SeenRequest {
  readonly step: Step;
  readonly method: string;
  readonly path: string;
  /** By which name and port the registry was addressed. */
  readonly host: string | undefined;
  readonly authorization: string | undefined;
}

/** Lies about some repositories and is honest about all others. */
export class HostileRegistry {
  readonly #misbehaviours = new Map<string, Map<Step, Misbehaviour>>();
  readonly #seen = new Map<string, SeenRequest[]>();

  /** The seam of the demo registry. */
  readonly onRequest = (request: RegistryRequest): Fault | undefined => {
    const { target, method, path, headers } = request;
    const step = stepOf(request);
    if (step === undefined) return undefined;
    const repository = 'repository' in target ? target.repository : TOKEN_SERVER;
    const { host, authorization } = headers;
    this.#seen.set(repository, [...this.seen(repository), { step, method, path, host, authorization }]);
    const misbehaviour = this.#misbehaviours.get(repository)?.get(step);
    return typeof misbehaviour === 'function' ? misbehaviour(request) : misbehaviour;
  };

  /** From now on, whoever asks this of the repository meets it. */
  misbehave(repository: string, step: Step, misbehaviour: Misbehaviour): void {
    const steps = this.#misbehaviours.get(repository) ?? new Map<Step, Misbehaviour>();
    this.#misbehaviours.set(repository, steps.set(step, misbehaviour));
  }

  /** What was asked of the repository, in the order of arrival. */
  seen(repository: string, step?: Step): readonly SeenRequest[] {
    const all = this.#seen.get(repository) ?? [];
    return step === undefined ? all : all.filter((request) => request.step === step);
  }
}

/** The set-up of `setUpAttack` with a registry that can be told to misbehave, one repository at a time. */
export function setUpHostileRegistry(
  options: Omit<AttackSetUpOptions, 'registry'> & {
    readonly registry?: Omit<DemoRegistryOptions, 'onRequest'>;
  } = {},
): { readonly setUp: AttackSetUp; readonly hostile: HostileRegistry } {
  const hostile = new HostileRegistry();
  const registry = { ...options.registry, onRequest: hostile.onRequest };
  return { setUp: setUpAttack({ ...options, registry }), hostile };
}

/** Judges a key beside that of an honest image, which has to be verified whatever the first one meets. */
export async function judgeBeside(
  setUp: AttackSetUp,
  attacked: AttackedImage | string,
  provider: TestProvider = setUp.provider,
): Promise<string> {
  const honest = setUp.signed('bundle', 'honest/neighbour');
  const key = typeof attacked === 'string' ? attacked : attacked.key;
  const [verdict, unharmed] = (await provider.verify(key, honest.key)).map(verdictOf);
  expect(unharmed).toBe('verified');
  return verdict ?? 'no answer';
}

function stepOf({ target }: RegistryRequest): Step | undefined {
  if (target.kind === 'referrers' || target.kind === 'blob' || target.kind === 'token') return target.kind;
  if (target.kind !== 'manifest') return undefined;
  if (target.reference.startsWith('sha256:')) return 'referrer';
  if (/^sha256-[0-9a-f]{64}$/.test(target.reference)) return 'fallback-tag';
  return target.reference.endsWith('.sig') ? 'signature-tag' : 'tag';
}

/** What the registry has stored: the image itself, or what it has under a tag. */
export function stored(
  { registry, repository, digest }: AttackedImage,
  tag: string = digest,
): StoredManifest {
  const manifest = registry.manifest(repository, tag);
  if (manifest === undefined) throw new Error(`${repository} has no manifest ${tag}`);
  return manifest;
}

/** The tag under which cosign looks for what belongs to the image. */
export function tagOf({ digest }: AttackedImage, suffix: '' | '.sig'): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

/** A manifest, honest but for the headers that are given. */
export function manifestAnswer(
  { bytes, mediaType, digest }: StoredManifest,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, ...headers },
    body: bytes,
  };
}

/** An error of the registry. */
export function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return errorAnswer(status, 'HOSTILE', 'no', headers);
}

export function redirect(location: string, status = 307): Answer {
  return { status, headers: { location } };
}

/** Sends the client to a token server. */
export function challenge(realm: string): Answer {
  return refusal(401, { 'www-authenticate': `Bearer realm="${realm}",service="registry"` });
}

/** A byte now and then, for ever: never idle long enough for a timeout, never done. */
export function drip(mediaType: string): Answer {
  async function* bytes(): AsyncIterable<Uint8Array> {
    for (;;) {
      yield Buffer.from(' ');
      await delay(20);
    }
  }
  return { status: 200, headers: { 'content-type': mediaType }, body: bytes() };
}

/** As much as the client takes, without Content-Length. */
export function endless(mediaType: string): Answer {
  async function* bytes(): AsyncIterable<Uint8Array> {
    for (;;) yield Buffer.alloc(64 * 1024, ' ');
  }
  return { status: 200, headers: { 'content-type': mediaType }, body: bytes() };
}

/** The body as it is, announced as something that has to be unpacked first. */
export function encoded(body: Uint8Array, mediaType: string, encoding = 'gzip'): Answer {
  return { status: 200, headers: { 'content-type': mediaType, 'content-encoding': encoding }, body };
}

/** A kilobyte on the wire for each megabyte in memory. */
export function gzipBomb(megabytes: number): Buffer {
  return gzipSync(Buffer.alloc(megabytes * 1024 * 1024, ' '));
}

/** Answers in turn, the last one for good. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): () => Answer {
  let asked = 0;
  return () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? answers[0];
    asked += 1;
    return answer;
  };
}
