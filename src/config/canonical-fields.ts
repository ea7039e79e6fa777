import { z } from 'zod';
import { isJsonObject } from '../strict-json.ts';
import { closestName } from './closest-name.ts';
import type { FieldPath, Finding } from './diagnostic.ts';

/**
 * Spells the fields of a value as its schema does. Ratify reads JSON as Go does, in any letter case and with null for
 * "not given", so manifests in the field are written in any letter case.
 *
 * What Go does next is the danger: it lets the last of two spellings win and passes over what it does not know, so that
 * a mistyped constraint constrains nothing. Both are findings here.
 */
export function canonicalFields(
  schema: z.core.$ZodType,
  value: unknown,
  path: FieldPath,
  findings: Finding[],
): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject)
    return isJsonObject(value) ? canonicalObject(inner, value, path, findings) : value;
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item, index) => canonicalFields(inner.element, item, [...path, index], findings));
  }
  return value;
}

function canonicalObject(
  schema: z.ZodObject,
  value: Readonly<Record<string, unknown>>,
  path: FieldPath,
  findings: Finding[],
): Record<string, unknown> {
  const names = Object.keys(schema.shape);
  const spellings = new Map<string, string>();
  const result: Record<string, unknown> = {};
  for (const [written, content] of Object.entries(value)) {
    const name = names.find((candidate) => candidate.toLowerCase() === written.toLowerCase());
    const member = name === undefined ? undefined : schema.shape[name];
    if (name === undefined || member === undefined) {
      findings.push(unknownField(written, names, path));
      continue;
    }
    const earlier = spellings.get(name);
    if (earlier !== undefined) {
      const message = `the field ${name} is written twice, as "${earlier}" and as "${written}"`;
      findings.push({ path: [...path, written], code: 'FIELD_AMBIGUOUS', message });
      continue;
    }
    spellings.set(name, written);
    if (content !== null) result[name] = canonicalFields(member, content, [...path, name], findings);
  }
  return result;
}

function unknownField(written: string, names: readonly string[], path: FieldPath): Finding {
  const shown = JSON.stringify(written.slice(0, 100));
  const suggestion = closestName(written, names);
  return {
    path: [...path, written.slice(0, 100)],
    code: 'FIELD_UNKNOWN',
    message: `${shown} is not a field here${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
    remediation:
      suggestion === undefined
        ? `The fields here are ${names.join(', ')}.`
        : `Write ${suggestion}, or remove the field.`,
  };
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema;
}

/** In the place of a value that is given more than once: no text, list or object, and not the same as none. */
export const TWICE: unique symbol = Symbol('given twice');

/** The value of a field in any letter case; undefined where it is not given, TWICE where it is given more than once. */
export function fieldOf(value: unknown, name: string): unknown {
  if (!isJsonObject(value)) return undefined;
  const found = Object.entries(value).filter(([written]) => written.toLowerCase() === name.toLowerCase());
  return found.length > 1 ? TWICE : found[0]?.[1];
}
