import type { Clock } from '../clock.ts';
import { type Reason, reason, reasonOf } from '../errors.ts';
import { limits } from '../limits.ts';

export interface Question<Answer extends object> {
  readonly keys: readonly string[];
  readonly clock: Clock;
  /** Monotonic milliseconds of the clock. */
  readonly deadline: number;
  ask(key: string): Promise<Answer>;
  /**
   * The answer for a key that was not asked, or asked in vain.
   * @param thrown what `ask` threw, if it did
   */
  refuse(key: string, why: Reason, thrown?: unknown): Answer;
}

/**
 * One answer for each key, in their order. Asks once for each distinct key, and is done by the deadline whatever
 * `ask` does: a key that throws or hangs takes no other one along.
 */
export async function answerKeys<Answer extends object>(
  question: Question<Answer>,
): Promise<readonly Answer[]> {
  const { keys, clock, deadline, refuse } = question;
  const asked = new Set([...new Set(keys)].slice(0, limits.requestKeys));
  const arriving = new Map<string, Answer>();
  const work = Array.from(asked, async (key) => {
    arriving.set(key, await answerKey(question, key));
  });
  await withinTime(Promise.all(work), deadline - clock.monotonic());

  // A copy, since what arrives from now on is too late.
  const answers = new Map(arriving);
  return keys.map((key) => {
    const answer = answers.get(key) ?? refuse(key, asked.has(key) ? LATE : TOO_MANY);
    answers.set(key, answer);
    return answer;
  });
}

const LATE = reason('DEADLINE_EXCEEDED', 'No verdict was ready before the deadline of the request');
const TOO_MANY = reason(
  'TOO_MANY_KEYS',
  `Only the first ${limits.requestKeys} different keys of a request are answered`,
);

async function answerKey<Answer extends object>(question: Question<Answer>, key: string): Promise<Answer> {
  const { ask, refuse } = question;
  if (key.length > limits.keyLength) {
    const message = `The key has ${key.length} characters, and an image reference has at most ${limits.keyLength}`;
    return refuse(key, reason('REFERENCE_INVALID', message));
  }
  try {
    return await ask(key);
  } catch (error) {
    return refuse(key, reasonOf(error), error);
  }
}

async function withinTime(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, milliseconds));
  try {
    await Promise.race([work, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
