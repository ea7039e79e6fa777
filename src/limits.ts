/**
 * Every bound on what countersign reads from somebody else, in one place. They are checked before parsing.
 * Bytes unless the name says otherwise. Chosen well above what honest images have (the largest seen: a bundle of
 * 9 kB, a signature manifest of 20 kB) and well below what hurts.
 */
export const limits = {
  requestBody: 8 * 1024 * 1024,
  /** Different keys of one request that are judged; the others are answered without. */
  requestKeys: 1_000,
  /** Keys of one request that are answered at all. No Pod that fits into etcd (1.5 MiB) has as many containers. */
  requestItems: 20_000,
  /** Characters of one key: `[namespace]` and a reference of at most 255 + 1 + 128 + 1 + 71. */
  keyLength: 1_024,

  /** A manifest that is only hashed and checked for its type: what a tag leads to. */
  manifest: 4 * 1024 * 1024,
  /** A manifest that is read: what is attached to an image. */
  signatureManifest: 512 * 1024,
  referrersPage: 4 * 1024 * 1024,
  referrersPages: 10,
  /** Descriptors of one listing, by the referrers API or a fallback tag, that are looked at. */
  referrers: 1_000,
  /** Referrer manifests that are fetched for one image. */
  referrersFetched: 64,
  tokenResponse: 64 * 1024,
  errorBody: 64 * 1024,
  redirects: 5,
  /** Milliseconds until a connection to a registry stands, TLS included. */
  registryConnect: 5_000,
  /** Milliseconds without a byte, before the headers or within the body, after which a request is given up. */
  registryIdle: 10_000,
  /** Requests, and connections, to one host at a time; one registry there gets half, one repository a third. */
  registryConcurrency: 32,
  /** Requests that wait for their turn at one host; shared in the same way. */
  registryQueue: 4_096,
  /** How often one request is sent where the failure may be a passing one. */
  registryAttempts: 3,
  /** Milliseconds for a docker credential helper to answer. */
  credentialHelper: 5_000,
  /** Credential helpers that run at once for one docker config. */
  credentialHelpers: 4,
  /** Hosts that wait for one of them. */
  credentialHelperQueue: 64,
  /** Everything that is downloaded for one image. */
  subjectBytes: 32 * 1024 * 1024,

  /** A simple-signing payload. */
  payload: 64 * 1024,
  bundle: 1024 * 1024,
  annotation: 64 * 1024,
  certificate: 16 * 1024,
  /** Certificates from a leaf to its root. */
  chainLength: 8,
  /** Characters of a subject alternative name or an issuer. */
  identityLength: 2_048,
  /** Signatures of one image that are verified. */
  signatures: 32,
  logEntries: 32,
  timestamps: 32,
  /** A timestamp; the largest seen, with a chain embedded, has 6 kB. */
  timestamp: 16 * 1024,
  /** A signed note: a few lines and the signatures of log and witnesses. */
  checkpoint: 16 * 1024,
  /** Hashes of an inclusion proof: one a level of a tree of 2^64 leaves. */
  proofHashes: 64,
  statementSubjects: 1_024,
  /** Digests of one subject of a statement. */
  subjectDigests: 32,
  jsonDepth: 64,
  /** Values of one JSON text, and names of members: a value of two bytes takes a hundred once it is parsed. */
  jsonValues: 50_000,

  /** Milliseconds that verifying one signature may run; an honest one takes about ten. */
  verificationTime: 2_000,
  /** Bytes of the signatures that wait for a free thread; one registry gets half, one repository a third. */
  verificationQueue: 64 * 1024 * 1024,
  /** Megabytes of heap of one verification thread. */
  verificationMemory: 256,
  /** Milliseconds for a thread to do something trivial, its start and a verification before it included. */
  threadAnswer: 10_000,
  /** Milliseconds that a liveness probe, which gives up after 1 s, is kept waiting for that. */
  threadPatience: 500,
  /** Sets of trust material that a thread keeps ready. */
  trustMaterials: 64,

  /** Verifications that are under way at once, and resolutions of tags; one registry gets half, one repository a third. */
  flights: 512,
  /** Milliseconds after which work that nobody waits for any more is given up. */
  flightTime: 30_000,
  /** Tags whose digest is remembered. */
  tags: 10_000,

  patternLength: 4_096,
  /** Instructions a pattern compiles to; what it costs to match a value is this times the value's length. */
  patternProgram: 2_048,
  configFile: 4 * 1024 * 1024,
  trustRoot: 1024 * 1024,
  keysPerPolicy: 64,
} as const;
