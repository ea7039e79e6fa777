import type { Dispatcher } from 'undici';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ByteBudget } from './client.ts';
import { headerOf } from './response.ts';

export interface BodyBound {
  /** Whose answer it is, for messages. */
  readonly host: string;
  readonly maxBytes: number;
  /** What a longer body means: more than is read, or a lie of the registry. */
  readonly overflow: 'LIMIT_EXCEEDED' | 'REGISTRY_RESPONSE_INVALID';
  readonly budget: ByteBudget;
}

/**
 * Reads the body of a successful answer.
 *
 * @throws what `overflow` says, or LIMIT_EXCEEDED by the budget, before more than that is in memory;
 *   REGISTRY_RESPONSE_INVALID for an encoded body: size and digest would be those of other bytes
 */
export async function readBody(answer: Dispatcher.ResponseData, bound: BodyBound): Promise<Uint8Array> {
  const encoding = headerOf(answer, 'content-encoding');
  if (answer.headers['content-encoding'] !== undefined && encoding?.toLowerCase() !== 'identity') {
    await discardBody(answer, 1);
    throw new CountersignError(
      'REGISTRY_RESPONSE_INVALID',
      `${bound.host} answers with an encoded body, though it was asked for the plain bytes`,
    );
  }
  if (Number(headerOf(answer, 'content-length')) > bound.maxBytes) {
    await discardBody(answer, 1);
    throw tooLong(bound);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.byteLength;
    if (length > bound.maxBytes) throw tooLong(bound);
    bound.budget.take(chunk.byteLength);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads on so that the connection can be used again, or closes it where the rest is too long for that. */
export async function discardBody(
  answer: Dispatcher.ResponseData,
  maxBytes: number = limits.errorBody,
): Promise<Uint8Array> {
  // Whether the rest arrives is of no interest.
  await answer.body.dump({ limit: maxBytes }).catch(() => undefined);
  return new Uint8Array();
}

function tooLong(bound: BodyBound): CountersignError {
  return new CountersignError(bound.overflow, `${bound.host} answers with more than ${bound.maxBytes} bytes`);
}
