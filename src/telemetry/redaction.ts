/** Names of fields that hold a secret, in any letter case, with or without separators. */
const SECRET =
  /^(?:proxy)?authorization$|^(?:set)?cookie$|^auth$|password$|passwd$|secret$|token$|privatekey$/;

/** Deeper than anything that is logged on purpose. */
const MAX_DEPTH = 8;

/** A copy in which whatever stands in a field with the name of a secret is blotted out. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET.test(name.toLowerCase().replaceAll(/[-_]/g, '')) ? '[redacted]' : redactValue(value, depth + 1),
    ]),
  );
}

function redactValue(value: unknown, depth: number): unknown {
  // Errors, maps and the like have serializers of their own, or none.
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((element) => redactValue(element, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? redactObject(value, depth) : value;
}
