import { CountersignError, catalogue, type ErrorCode, type Reason } from '../errors.ts';

/** Steps from the root of a resource to one of its fields: names and list indices. */
export type FieldPath = readonly (string | number)[];

/** One thing that is wrong, or probably not as meant, in the configuration. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: ErrorCode;
  /** Absent where the configuration does not come from files. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** `spec.parameters.trustPolicies[0].scopes`; absent where it concerns the resource or file as a whole. */
  readonly field?: string;
  readonly message: string;
  readonly remediation: string;
}

/** Where a resource came from. */
export interface Origin {
  readonly file?: string;
  /** The 1-based line of a field, or of the deepest one above it that is written down; fields in any letter case. */
  locate(path: FieldPath): number | undefined;
}

/** What was found at one field of a resource, before it is known where the resource is written. */
export interface Finding {
  readonly path: FieldPath;
  readonly code: ErrorCode;
  readonly message: string;
  readonly remediation?: string;
}

export function diagnose(origin: Origin, finding: Finding): Diagnostic {
  const line = origin.locate(finding.path);
  const field = formatField(finding.path);
  const entry = catalogue[finding.code];
  return {
    severity: entry.class === 'warning' ? 'warning' : 'error',
    code: finding.code,
    ...(origin.file === undefined ? {} : { file: origin.file }),
    ...(line === undefined ? {} : { line }),
    ...(field === '' ? {} : { field }),
    message: finding.message,
    remediation: finding.remediation ?? entry.remediation,
  };
}

/** What a function of another room threw about the value of one field. Anything but a CountersignError is a bug. */
export function findingOf(path: FieldPath, thrown: unknown): Finding {
  if (!(thrown instanceof CountersignError)) throw thrown;
  return { path, code: thrown.code, message: thrown.message, remediation: thrown.remediation };
}

function formatField(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** The reason that the status of a resource shows: the place first, then what is wrong there. */
export function reasonFrom(diagnostic: Diagnostic): Reason {
  const place = [
    diagnostic.file === undefined
      ? ''
      : `${diagnostic.file}${diagnostic.line === undefined ? '' : `:${diagnostic.line}`}`,
    diagnostic.field ?? '',
  ].filter((part) => part !== '');
  const message = [...place, diagnostic.message].join(': ');
  return { code: diagnostic.code, message, remediation: diagnostic.remediation };
}
