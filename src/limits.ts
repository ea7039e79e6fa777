/**
 * Every bound on what countersign reads from somebody else, in one place. They are checked before parsing.
 * Bytes unless the name says otherwise. Chosen well above what honest images have (the largest seen: a bundle of
 * 9 kB, a signature manifest of 20 kB) and well below what hurts.
 */
export const limits = {
  requestBody: 8 * 1024 * 1024,
  requestKeys: 1_000,
  /** Characters of one key: `[namespace]` and a reference of at most 255 + 1 + 128 + 1 + 71. */
  keyLength: 1_024,

  manifest: 4 * 1024 * 1024,
  referrersPage: 4 * 1024 * 1024,
  referrersPages: 10,
  /** Descriptors of one referrers listing that are looked at. */
  referrers: 1_000,
  /** Referrer manifests that are fetched for one image. */
  referrersFetched: 64,
  tokenResponse: 64 * 1024,
  errorBody: 64 * 1024,
  redirects: 5,
  /** Everything that is downloaded for one image. */
  subjectBytes: 32 * 1024 * 1024,

  /** A simple-signing payload. */
  payload: 64 * 1024,
  bundle: 1024 * 1024,
  annotation: 64 * 1024,
  certificate: 16 * 1024,
  /** Characters of a subject alternative name or an issuer. */
  identityLength: 2_048,
  /** Signatures of one image that are verified. */
  signatures: 32,
  logEntries: 32,
  timestamps: 32,
  statementSubjects: 1_024,
  jsonDepth: 64,

  patternLength: 4_096,
  configFile: 4 * 1024 * 1024,
  trustRoot: 1024 * 1024,
  keysPerPolicy: 64,
} as const;
