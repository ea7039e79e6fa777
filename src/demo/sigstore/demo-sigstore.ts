import { type CertificateAuthority, createCertificateAuthority } from './certificate-authority.ts';
import { type CtLog, createCtLog } from './ct-log.ts';
import { createSigner, type Signer } from './signer.ts';
import { createTimestampAuthority, type TimestampAuthority } from './timestamp-authority.ts';
import { createLogV1, createLogV2, type TransparencyLog } from './transparency-log.ts';
import { trustedRootJson } from './trusted-root.ts';

export interface DemoSigstoreOptions {
  /**
   * Optional. The time that everything is signed at; trust begins at what it says first. Default: the system's.
   * The certificate authority lasts 10 years from then, its root 20.
   */
  readonly now?: () => Date;
}

/** A private Sigstore in memory, with keys of its own. Each part can be used alone to sign what an attacker would. */
export interface DemoSigstore extends Signer {
  readonly certificateAuthority: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly timestampAuthority: TimestampAuthority;
  readonly logs: { readonly v1: TransparencyLog; readonly v2: TransparencyLog };
  /** Text of a `trusted_root.json` for all of it. */
  trustedRoot(): string;
}

export function createDemoSigstore(options: DemoSigstoreOptions = {}): DemoSigstore {
  const { now: clock = () => new Date() } = options;
  // Certificates, logs and timestamps tell whole seconds: trust must not begin in the middle of one.
  const now = (): Date => new Date(Math.floor(clock().getTime() / 1000) * 1000);
  const validFrom = now();
  const ctLog = createCtLog(now);
  const certificateAuthority = createCertificateAuthority(ctLog, now);
  const timestampAuthority = createTimestampAuthority(now);
  const logs = { v1: createLogV1('log-v1.sigstore.test', now), v2: createLogV2('log-v2.sigstore.test') };
  return {
    ...createSigner({ certificateAuthority, timestampAuthority, logs, now }),
    certificateAuthority,
    ctLog,
    timestampAuthority,
    logs,
    trustedRoot: () =>
      trustedRootJson({
        certificateAuthority: certificateAuthority.chain,
        timestampAuthority: timestampAuthority.chain,
        ctLog,
        logs: [logs.v1, logs.v2],
        validFrom,
      }),
  };
}
