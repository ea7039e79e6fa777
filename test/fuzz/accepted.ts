import { CountersignError } from '../../src/errors.ts';
import { StrictJsonError } from '../../src/strict-json.ts';

/** What a parser makes of an input; undefined where it refuses it. Whatever else it throws goes on. */
export function accepted<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CountersignError || error instanceof StrictJsonError) return undefined;
    throw error;
  }
}
