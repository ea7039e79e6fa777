import { code, table } from '../../src/config/reference-docs.ts';
import { limits } from '../../src/limits.ts';

type Unit = 'bytes' | 'milliseconds' | 'megabytes' | 'count';

interface Meaning {
  readonly unit: Unit;
  readonly text: string;
}

const bytes = (text: string): Meaning => ({ unit: 'bytes', text });
const milliseconds = (text: string): Meaning => ({ unit: 'milliseconds', text });
const count = (text: string): Meaning => ({ unit: 'count', text });

/** What each limit bounds. A limit without an entry does not compile. */
const meanings: Readonly<Record<keyof typeof limits, Meaning>> = {
  requestBody: bytes('Body of a request of Gatekeeper.'),
  requestKeys: count(
    'Different keys of one request that are judged; the others are answered `TOO_MANY_KEYS`.',
  ),
  requestItems: count('Keys of one request that are answered at all.'),
  keyLength: count('Characters of one key.'),

  manifest: bytes('A manifest that a tag leads to.'),
  signatureManifest: bytes('A manifest of what is attached to an image.'),
  referrersPage: bytes('One page of a referrers listing, or the listing under a fallback tag.'),
  referrersPages: count('Pages of a referrers listing.'),
  referrers: count('Entries of one referrers listing that are looked at.'),
  referrersFetched: count('Referrer manifests that are fetched for one image.'),
  tokenResponse: bytes('The answer of a token service.'),
  errorBody: bytes('The body of an error of a registry.'),
  redirects: count('Redirects in a row.'),
  registryConnect: milliseconds('Until a connection to a registry stands, TLS included.'),
  registryIdle: milliseconds('Without a byte from a registry, after which the request is given up.'),
  registryConcurrency: count(
    'Requests, and connections, to one host at a time; one registry there gets half, one repository a third.',
  ),
  registryQueue: count('Requests that wait for their turn at one host, shared in the same way.'),
  registryAttempts: count('How often one request is sent where the failure may be a passing one.'),
  credentialHelper: milliseconds('Until a docker credential helper has answered.'),
  credentialHelpers: count('Credential helpers that run at once for one docker config.'),
  credentialHelperQueue: count('Hosts that wait for one of them.'),
  subjectBytes: bytes('Everything that is downloaded for one image.'),

  payload: bytes('The signed text of a signature in the older form.'),
  bundle: bytes('A signature bundle.'),
  annotation: bytes('An annotation of a signature in the older form.'),
  certificate: bytes('A certificate.'),
  chainLength: count('Certificates from a leaf to its root.'),
  identityLength: count('Characters of an identity or an issuer.'),
  signatures: count('Signatures of one image that are verified.'),
  logEntries: count('Log entries of one signature.'),
  timestamps: count('Timestamps of one signature.'),
  timestamp: bytes('A timestamp.'),
  checkpoint: bytes('A checkpoint of a transparency log.'),
  proofHashes: count('Hashes of an inclusion proof.'),
  statementSubjects: count('Subjects of an in-toto statement.'),
  subjectDigests: count('Digests of one subject of a statement.'),
  jsonDepth: count('Levels of JSON within each other.'),
  jsonValues: count('Values of one JSON text, and names of members.'),

  verificationTime: milliseconds('For which the verification of one signature may run.'),
  verificationQueue: bytes(
    'Signatures that wait for a free thread; one registry gets half, one repository a third.',
  ),
  verificationMemory: { unit: 'megabytes', text: 'Heap of one verification thread.' },
  threadAnswer: milliseconds('Until a verification thread has shown that it is alive.'),
  threadPatience: milliseconds('For which `/healthz` is kept waiting for that.'),
  trustMaterials: count('Trust roots that a thread keeps ready.'),

  flights: count(
    'Verifications that are under way at once, and resolutions of tags; one registry gets half, one repository a third.',
  ),
  flightTime: milliseconds('After which work that nobody waits for any more is given up.'),
  tags: count('Tags whose digest is remembered.'),

  patternLength: count('Characters of a regular expression.'),
  patternProgram: count('Instructions that a regular expression compiles to.'),
  configFile: bytes('A file of the configuration.'),
  trustRoot: bytes('A `trusted_root.json`.'),
  keysPerPolicy: count('Public keys of one trust policy.'),
};

export function renderLimits(): string {
  const rows = Object.entries(meanings).map(([name, { unit, text }]) => [
    code(name),
    amount(limits[name as keyof typeof limits], unit),
    text,
  ]);
  return table(['Limit', 'Value', 'What it bounds'], rows);
}

function amount(value: number, unit: Unit): string {
  if (unit === 'bytes') {
    return value >= 1024 * 1024 ? `${value / (1024 * 1024)} MiB` : `${value / 1024} KiB`;
  }
  if (unit === 'megabytes') return `${value} MB`;
  return unit === 'milliseconds' ? `${value / 1_000} s` : value.toLocaleString('en');
}
