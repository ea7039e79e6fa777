import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CountersignError, reasonOf } from '../../src/errors.ts';
import { isDigest } from '../../src/registry/digest.ts';
import { publicGoodTrustRoot } from '../../src/sigstore/trust-root.ts';
import { type ConformanceArtifact, type ConformanceSigner, verifyRequest } from './verify-request.ts';

/** Exit codes: 0 verified, 1 not verified, 2 not asked in a way that can be answered. */
const NOT_VERIFIED = 1;
const USAGE = 2;

class UsageError extends Error {}

function verify(args: readonly string[]): string {
  const { values, positionals } = parse(args);
  if (values.staging === true) {
    throw new UsageError(
      'the staging instance of Sigstore is not known; give its trust root as --trusted-root',
    );
  }
  const [artifact, ...more] = positionals;
  if (values.bundle === undefined || artifact === undefined || more.length > 0) {
    throw new UsageError('verify-bundle needs --bundle FILE and one FILE or sha256:HEX');
  }
  const { signer } = verifyRequest(
    {
      bundle: read(values.bundle),
      trustedRoot:
        values['trusted-root'] === undefined
          ? publicGoodTrustRoot().json
          : read(values['trusted-root']).toString('utf8'),
      signer: signerOf(values),
      artifact: artifactOf(artifact),
    },
    Date.now(),
  );
  return signer.kind === 'key' ? `the key ${signer.fingerprint}` : `${signer.identity} (${signer.issuer})`;
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        bundle: { type: 'string' },
        'certificate-identity': { type: 'string' },
        'certificate-oidc-issuer': { type: 'string' },
        key: { type: 'string' },
        'trusted-root': { type: 'string' },
        staging: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(reasonOf(error).message);
  }
}

function signerOf(values: Values): ConformanceSigner {
  const { key, 'certificate-identity': identity, 'certificate-oidc-issuer': issuer } = values;
  if (key !== undefined && (identity !== undefined || issuer !== undefined)) {
    throw new UsageError('--key and --certificate-identity ask for two different signers');
  }
  if (key !== undefined) return { kind: 'key', pem: read(key).toString('utf8') };
  if (identity === undefined || issuer === undefined) {
    throw new UsageError(
      'a signer is needed: --certificate-identity and --certificate-oidc-issuer, or --key',
    );
  }
  return { kind: 'identity', identity, issuer };
}

/** By the suite's protocol a file of that very name goes before the digest. */
function artifactOf(argument: string): ConformanceArtifact {
  return isDigest(argument) && !existsSync(argument) ? { digest: argument } : { bytes: read(argument) };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error).message}`);
  }
}

/** @returns the exit code */
function run([command, ...args]: readonly string[]): number {
  try {
    if (command === 'sign-bundle') throw new UsageError('countersign verifies signatures and makes none');
    if (command !== 'verify-bundle') {
      throw new UsageError(`${command ?? 'nothing'} is no command; there is verify-bundle`);
    }
    process.stdout.write(`verified: signed by ${verify(args)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`client: ${error.message}\n`);
      return USAGE;
    }
    const code = error instanceof CountersignError ? error.code : 'INTERNAL_ERROR';
    process.stderr.write(`client: not verified, ${code}: ${reasonOf(error).message}\n`);
    return NOT_VERIFIED;
  }
}

process.exitCode = run(process.argv.slice(2));
