import type { z } from 'zod';
import { CountersignError, type ErrorCode } from './errors.ts';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

/**
 * Parses strict JSON and holds it against a schema.
 *
 * @param what Begins the message: "the bundle".
 * @throws CountersignError with `code`; the message names the field.
 */
export function readJson<T>(
  input: string | Uint8Array,
  schema: z.ZodType<T>,
  what: string,
  code: ErrorCode,
): T {
  let value: unknown;
  try {
    value = parseStrictJson(input);
  } catch (error) {
    if (error instanceof StrictJsonError) throw new CountersignError(code, `${what} ${error.message}`);
    throw error;
  }
  return readShape(value, schema, what, code);
}

/** Like `readJson`, for JSON that is parsed already. */
export function readShape<T>(value: unknown, schema: z.ZodType<T>, what: string, code: ErrorCode): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`;
  throw new CountersignError(
    code,
    `${what} is not well-formed${where}: ${issue?.message ?? 'unknown'}`.slice(0, 500),
  );
}
