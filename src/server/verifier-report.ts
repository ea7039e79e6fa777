import type { ErrorCode, Reason } from '../errors.ts';
import {
  COSIGN_ARTIFACT_TYPE,
  type SignatureReport,
  type SignatureSource,
  type Signer,
  type VerifiedSignature,
} from '../verdict.ts';

/** One `verifierReports` entry: Ratify's fields of version 0.2.0, and `code`. */
export interface VerifierReport {
  /** `repository@digest`, or the key where no digest was reached. */
  readonly subject: string;
  readonly isSuccess: boolean;
  /** The same as `verifierName`, for readers of before Ratify 1.3; likewise `type`. */
  readonly name?: string;
  readonly verifierName?: string;
  readonly type?: 'cosign';
  readonly verifierType?: 'cosign';
  /** Digest of the manifest that carries the signature. */
  readonly referenceDigest?: string;
  readonly artifactType?: string;
  readonly message: string;
  readonly errorReason?: string;
  readonly remediation?: string;
  readonly code?: ErrorCode;
  readonly extensions?: {
    readonly signatures: readonly SignatureDetails[];
    /** Name of the trust policy that the signature was held against. */
    readonly trustPolicy: string;
  };
}

/** `verifications` has Ratify's shape; what stands beside it is countersign's own. */
interface SignatureDetails {
  /** Digest of the payload or of the bundle. */
  readonly signatureDigest?: string;
  readonly form: SignatureSource['form'];
  readonly foundBy: SignatureSource['path'];
  readonly verifications: readonly [
    {
      readonly isSuccess: boolean;
      /** Whether a transparency log entry was verified. */
      readonly bundleVerified: boolean;
      readonly error?: string;
      readonly keyInformation: { readonly name?: string };
    },
  ];
  /** Who signed: proven, even where the policy wants somebody else. */
  readonly signer?: Signer;
  readonly logEntries?: readonly {
    readonly logId: string;
    readonly logIndex: string;
    readonly integratedTime?: string;
  }[];
  /** The proven times of signing, RFC 3339. */
  readonly times?: readonly string[];
}

export function verifierReport(subject: string, report: SignatureReport): VerifierReport {
  const { result } = report;
  return {
    subject,
    isSuccess: result.kind === 'satisfied',
    name: report.verifier,
    verifierName: report.verifier,
    type: 'cosign',
    verifierType: 'cosign',
    ...(report.source.manifest !== '' && { referenceDigest: report.source.manifest }),
    artifactType: COSIGN_ARTIFACT_TYPE,
    ...(result.kind === 'satisfied'
      ? { message: `Signed by ${formatSigner(result.signature.signer)}` }
      : failure(result.reason)),
    extensions: { signatures: [signatureDetails(report)], trustPolicy: report.policy },
  };
}

/** What went wrong before, or beside, any single signature; Ratify reports it in the same list. */
export function reasonReport(subject: string, reason: Reason): VerifierReport {
  return { subject, isSuccess: false, ...failure(reason) };
}

/** `identity (issuer …)`, or the name of the key. */
function formatSigner(signer: Signer): string {
  return signer.kind === 'keyless' ? `${signer.identity} (issuer ${signer.issuer})` : `key ${signer.name}`;
}

function failure(reason: Reason) {
  return {
    message: `${reason.code}: ${reason.message}`,
    errorReason: reason.message,
    remediation: reason.remediation,
    code: reason.code,
  };
}

function signatureDetails({ source, result }: SignatureReport): SignatureDetails {
  const signer = result.kind === 'satisfied' ? result.signature.signer : result.signer;
  return {
    ...(source.blob !== '' && { signatureDigest: source.blob }),
    form: source.form,
    foundBy: source.path,
    verifications: [
      {
        isSuccess: result.kind === 'satisfied',
        bundleVerified: result.kind === 'satisfied' && result.signature.logEntries.length > 0,
        ...(result.kind === 'failed' && { error: result.reason.message }),
        keyInformation: signer?.kind === 'key' ? { name: signer.name } : {},
      },
    ],
    ...(signer !== undefined && { signer }),
    ...(result.kind === 'satisfied' && evidence(result.signature)),
  };
}

function evidence(signature: VerifiedSignature) {
  return {
    logEntries: signature.logEntries.map(({ logId, logIndex, integratedTime }) => ({
      logId,
      logIndex,
      ...(integratedTime !== undefined && { integratedTime: timestamp(integratedTime * 1_000) }),
    })),
    times: signature.times.map(timestamp),
  };
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
