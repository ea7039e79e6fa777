import { CountersignError } from '../errors.ts';
import type { ByteBudget } from './client.ts';

/** @param limit bytes that may be downloaded in all */
export function createByteBudget(limit: number): ByteBudget {
  let left = limit;
  return {
    take(bytes) {
      left -= bytes;
      if (left < 0) {
        throw new CountersignError(
          'LIMIT_EXCEEDED',
          `more than ${limit} bytes were downloaded for this image`,
        );
      }
    },
  };
}
