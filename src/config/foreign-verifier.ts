import { isJsonObject } from '../strict-json.ts';
import { fieldOf, TWICE } from './canonical-fields.ts';
import { closestName } from './closest-name.ts';
import type { Finding } from './diagnostic.ts';

/** Ratify's verifiers of other kinds of signature and of documents. No other name takes a Verifier out of the verdicts. */
const FOREIGN: readonly string[] = [
  'notation',
  'notaryv2',
  'sbom',
  'vulnerabilityreport',
  'schemavalidator',
  'licensechecker',
];

/** Parameters that say whom to trust with cosign, and that none of those verifiers has; in lower case. */
const COSIGN_PARAMETERS: readonly string[] = ['trustpolicies', 'key', 'rekorurl'];

/** A Verifier of a known other kind, by `type` or, without one, by `name`, that says nothing of cosign. */
export function isForeignVerifier(spec: unknown): boolean {
  return (
    isForeign(typeOf(spec).text) && fieldOf(spec, 'name') !== TWICE && cosignParameter(spec) === undefined
  );
}

/** What is wrong with the kind of a Verifier that is not a foreign one. What is no text is left to the schema. */
export function unknownVerifier(spec: unknown): Finding | undefined {
  const { field, text } = typeOf(spec);
  if (text === undefined || text === '' || text === 'cosign') return undefined;
  const path = ['spec', field];
  if (isForeign(text)) {
    const parameter = cosignParameter(spec);
    // Ambiguous parameters are the schema's to report.
    if (parameter === undefined || parameter === TWICE) return undefined;
    return {
      path,
      code: 'CONFIG_INVALID',
      message: `the verifier ${JSON.stringify(text)} has the parameter ${parameter}, which is one of cosign`,
      remediation: 'Write cosign, or remove the parameter.',
    };
  }
  const shown = JSON.stringify(text.slice(0, 100));
  if (closestName(text, ['cosign']) !== undefined || text.toLowerCase().includes('cosign')) {
    return {
      path,
      code: 'FIELD_INVALID',
      message: `the verifier ${shown} is not known; did you mean "cosign"?`,
    };
  }
  return {
    path,
    code: 'FEATURE_UNSUPPORTED',
    message: `the verifier ${shown} is not known, and without it its images would be judged by others alone`,
    remediation: `Write cosign, or remove the Verifier. Passed over are only ${FOREIGN.join(', ')}.`,
  };
}

function typeOf(spec: unknown): { readonly field: 'type' | 'name'; readonly text: string | undefined } {
  const type = fieldOf(spec, 'type');
  const field = type === undefined || type === null || type === '' ? 'name' : 'type';
  const text = fieldOf(spec, field);
  return { field, text: typeof text === 'string' ? text : undefined };
}

function isForeign(text: string | undefined): boolean {
  return text !== undefined && FOREIGN.includes(text.toLowerCase());
}

/** The first one, as it is written; TWICE where the parameters are, so that nobody knows. */
function cosignParameter(spec: unknown): string | typeof TWICE | undefined {
  const parameters = fieldOf(spec, 'parameters');
  if (parameters === TWICE) return TWICE;
  if (!isJsonObject(parameters)) return undefined;
  return Object.keys(parameters).find((name) => COSIGN_PARAMETERS.includes(name.toLowerCase()));
}
