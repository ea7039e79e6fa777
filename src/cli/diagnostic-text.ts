import pc from 'picocolors';
import type { Diagnostic } from '../config/diagnostic.ts';

/** `file:line: error CODE: what is wrong`, the field, and what to do. */
export function formatDiagnostic({
  severity,
  code,
  file,
  line,
  field,
  message,
  remediation,
}: Diagnostic): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  const kind = severity === 'error' ? pc.red(severity) : pc.yellow(severity);
  const about = field === undefined ? '' : `  ${pc.dim('field')} ${field}\n`;
  return `${place}${kind} ${pc.bold(code)}: ${message}\n${about}  ${pc.dim('next')}  ${remediation}`;
}

/** `2 errors, 1 warning` */
export function summarise(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(isError).length;
  return `${count(errors, 'error')}, ${count(diagnostics.length - errors, 'warning')}`;
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
