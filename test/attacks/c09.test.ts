import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { verdictOf } from '../support/attack-set-up.ts';
import { judgeBeside, refusal, type Step, setUpHostileRegistry } from '../support/hostile-registry.ts';

const FAILURES: readonly { readonly status: number; readonly code: string }[] = [
  { status: 401, code: 'REGISTRY_UNAUTHORIZED' },
  { status: 403, code: 'REGISTRY_UNAUTHORIZED' },
  { status: 429, code: 'REGISTRY_THROTTLED' },
  { status: 500, code: 'REGISTRY_ERROR' },
  { status: 502, code: 'REGISTRY_ERROR' },
  { status: 503, code: 'REGISTRY_ERROR' },
  { status: 418, code: 'REGISTRY_ERROR' },
  { status: 204, code: 'REGISTRY_ERROR' },
];

/** What only an honest 404 may say. */
const NOT_THERE: Readonly<Record<Exclude<Step, 'token'>, string>> = {
  tag: 'rejected IMAGE_NOT_FOUND',
  'signature-tag': 'rejected SIGNATURE_NOT_FOUND',
  referrers: 'rejected SIGNATURE_NOT_FOUND',
  'fallback-tag': 'rejected SIGNATURE_NOT_FOUND',
  // Listed, and deleted before it was fetched.
  referrer: 'rejected SIGNATURE_NOT_FOUND',
  // The manifest says that it is there.
  blob: 'unavailable REGISTRY_RESPONSE_INVALID',
};

const STEPS: readonly Exclude<Step, 'token'>[] = [
  'tag',
  'signature-tag',
  'referrers',
  'fallback-tag',
  'referrer',
  'blob',
];

attack('C9', 'a registry that fails to answer would be taken for one that says "nothing is attached"', () => {
  const { setUp, hostile } = setUpHostileRegistry();

  /** An image to be asked for by tag, and signed where the step is only reached with a signature. */
  function imageFor(step: Step, status: string) {
    const repository = `acme/c09-${step}-${status}`;
    const isSigned = step === 'referrer' || step === 'blob';
    if (isSigned) setUp.signed('bundle', repository, 'v1');
    else setUp.image(repository, 'v1');
    return { repository, key: `${setUp.host}/${repository}:v1` };
  }

  it('twin: without a failure, the same image is verified where it is signed, and rejected where it is not', async () => {
    expect(await judgeBeside(setUp, imageFor('blob', 'none').key)).toBe('verified');
    expect(await judgeBeside(setUp, imageFor('tag', 'none').key)).toBe('rejected SIGNATURE_NOT_FOUND');
  });

  /** All at once, beside an honest image. */
  async function judgeAll(keys: readonly string[]): Promise<readonly string[]> {
    const honest = setUp.signed('bundle', 'acme/c09-honest');
    const verdicts = (await setUp.provider.verify(honest.key, ...keys)).map(verdictOf);
    expect(verdicts[0]).toBe('verified');
    return verdicts.slice(1);
  }

  it.each(STEPS)('a status that says nothing about the image, at %s', async (step) => {
    const images = FAILURES.map(({ status }) => imageFor(step, String(status)));
    for (const [index, { repository }] of images.entries())
      hostile.misbehave(repository, step, refusal(FAILURES[index]?.status ?? 500));
    const verdicts = await judgeAll(images.map(({ key }) => key));
    expect(verdicts).toEqual(FAILURES.map(({ code }) => `unavailable ${code}`));
  });

  it('404 at each step, and only there', async () => {
    const images = STEPS.map((step) => ({ step, ...imageFor(step, '404') }));
    for (const { step, repository } of images) hostile.misbehave(repository, step, refusal(404));
    const verdicts = await judgeAll(images.map(({ key }) => key));
    expect(verdicts).toEqual(STEPS.map((step) => NOT_THERE[step]));
  });

  // One after the other: a host that breaks off again and again is left alone for a while.
  it.each(STEPS)('a connection that breaks off at %s', async (step) => {
    const { repository, key } = imageFor(step, 'reset');
    hostile.misbehave(repository, step, 'reset');
    expect(await judgeBeside(setUp, key)).toBe('unavailable REGISTRY_UNREACHABLE');
  });

  // Registries without the referrers API are seen to say so in these ways; then the fallback tag stands in for it.
  it.each([
    refusal(400),
    refusal(404),
    refusal(405),
    refusal(406),
    refusal(501),
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' },
  ])('$status in answer to the referrers API alone is "there is none"', async (answer) => {
    const { repository, key } = imageFor('referrers', `none-${answer.status}`);
    hostile.misbehave(repository, 'referrers', answer);
    expect(await judgeBeside(setUp, key)).toBe('rejected SIGNATURE_NOT_FOUND');
    const other = imageFor('fallback-tag', `none-${answer.status}`);
    hostile.misbehave(other.repository, 'fallback-tag', answer);
    const code =
      answer.status === 404
        ? 'rejected SIGNATURE_NOT_FOUND'
        : `unavailable ${answer.status === 200 ? 'REGISTRY_RESPONSE_INVALID' : 'REGISTRY_ERROR'}`;
    expect(await judgeBeside(setUp, other.key)).toBe(code);
  });

  it('a failure of one place takes nothing from a signature in another', async () => {
    const image = setUp.signed('bundle', 'acme/c09-elsewhere');
    hostile.misbehave('acme/c09-elsewhere', 'signature-tag', refusal(500));
    hostile.misbehave('acme/c09-elsewhere', 'fallback-tag', refusal(403));
    expect(await judgeBeside(setUp, image)).toBe('verified');
  });

  it('an image without referrers API and 500 on the signature tag: not "unsigned"', async () => {
    const { repository, key } = imageFor('signature-tag', 'both');
    hostile.misbehave(repository, 'referrers', refusal(404));
    hostile.misbehave(repository, 'fallback-tag', refusal(404));
    hostile.misbehave(repository, 'signature-tag', refusal(500));
    expect(await judgeBeside(setUp, key)).toBe('unavailable REGISTRY_ERROR');
    hostile.misbehave(repository, 'signature-tag', refusal(404));
    expect(await judgeBeside(setUp, key)).toBe('rejected SIGNATURE_NOT_FOUND');
  });
});
