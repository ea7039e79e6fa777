import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Finding } from './diagnostic.ts';

/** What the issues of a failed parse say, in the terms of the catalogue. */
export function findingsOf(error: z.ZodError): Finding[] {
  return error.issues.map((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    // Rules of ours say which code they mean.
    const { code, remediation } = (issue.code === 'custom' ? (issue.params ?? {}) : {}) as {
      code?: ErrorCode;
      remediation?: string;
    };
    return {
      path,
      code: code ?? 'FIELD_INVALID',
      message: issue.message,
      ...(remediation === undefined ? {} : { remediation }),
    };
  });
}

/** The sentence for an issue whose schema has none of its own. */
export function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return `${String(issue.path?.at(-1) ?? 'this')} is required`;
  return `must be ${describeType(issue.expected)}, not ${describeValue(issue.input)}`;
}

function describeType(expected: string): string {
  switch (expected) {
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'number':
      return 'a number';
    default:
      return 'a mapping of fields';
  }
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping of fields' : String(value);
}
