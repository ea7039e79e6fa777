import { canonicalJson } from './canonical-json.ts';
import { signCheckpoint } from './checkpoint.ts';
import { MerkleTree } from './merkle-tree.ts';
import { generateSigningKey, type SigningKey, sha256, signWith } from './signing-key.ts';

/** What a log records, before it is canonicalized. */
export interface LogEntryBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A log entry as a bundle carries it (protobuf JSON of `TransparencyLogEntry`). */
export interface LogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  /** Seconds since the epoch. Only Rekor v1 tells it. */
  integratedTime?: string;
  /** Only Rekor v1 promises. */
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

export interface TransparencyLog {
  readonly version: 'v1' | 'v2';
  /** The host name: the key name in its checkpoints, and part of `baseUrl` in the trusted root. */
  readonly name: string;
  readonly key: SigningKey;
  readonly logId: Buffer;
  /** Records the body as the next leaf and proves it against the tree as it is then. */
  append(body: LogEntryBody): LogEntry;
}

type InclusionPromise = Pick<LogEntry, 'integratedTime' | 'inclusionPromise'>;

/** As C2SP signed-note names Ed25519 keys. */
const ED25519_NOTE_KEY = '\n\x01';

/** Ed25519 SubjectPublicKeyInfo is the raw key behind a fixed prefix. */
const ED25519_KEY_LENGTH = 32;

/** Rekor v1: every entry has a promise, which signs the time of entry, and an inclusion proof. */
export function createLogV1(name: string, now: () => Date): TransparencyLog {
  const key = generateSigningKey('ec-p256');
  const logId = key.keyId;

  function promise(canonicalizedBody: string, index: number): InclusionPromise {
    const integratedTime = Math.floor(now().getTime() / 1000);
    const promised = canonicalJson({
      body: canonicalizedBody,
      integratedTime,
      logIndex: index,
      logID: logId.toString('hex'),
    });
    const signedEntryTimestamp = signWith(key, Buffer.from(promised)).toString('base64');
    return { integratedTime: String(integratedTime), inclusionPromise: { signedEntryTimestamp } };
  }

  // Rekor v1 names the tree behind the host; the key name is the host alone.
  const origin = `${name} - ${logId.readUIntBE(0, 6)}`;
  return createLog({ version: 'v1', name, key, logId }, origin, promise);
}

/** Rekor v2: an inclusion proof alone; the time comes from a timestamp authority. */
export function createLogV2(name: string): TransparencyLog {
  const key = generateSigningKey('ed25519');
  const logId = sha256(name, ED25519_NOTE_KEY, key.spki.subarray(-ED25519_KEY_LENGTH));
  return createLog({ version: 'v2', name, key, logId }, name, () => ({}));
}

function createLog(
  identity: Omit<TransparencyLog, 'append'>,
  origin: string,
  promise: (canonicalizedBody: string, index: number) => InclusionPromise,
): TransparencyLog {
  const tree = new MerkleTree();
  return {
    ...identity,
    append(body) {
      const leaf = Buffer.from(canonicalJson(body));
      const canonicalizedBody = leaf.toString('base64');
      const index = tree.append(leaf);
      const root = tree.root();
      return {
        logIndex: String(index),
        logId: { keyId: identity.logId.toString('base64') },
        kindVersion: { kind: body.kind, version: body.apiVersion },
        ...promise(canonicalizedBody, index),
        inclusionProof: {
          logIndex: String(index),
          rootHash: root.toString('base64'),
          treeSize: String(tree.size),
          hashes: tree.inclusionProof(index).map((hash) => hash.toString('base64')),
          checkpoint: { envelope: signCheckpoint(identity, origin, tree.size, root) },
        },
        canonicalizedBody,
      };
    },
  };
}
