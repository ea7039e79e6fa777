import * as der from './der.ts';
import type { Extension, SubjectAlternativeName } from './x509.ts';

/** Who signs, as an OIDC issuer vouches for. */
export interface Identity {
  /** URL of the OIDC issuer. */
  readonly issuer: string;
  /** An e-mail address, or a URI. */
  readonly subject: string;
  /** What GitHub's issuer tells about the workflow run. */
  readonly workflow?: GithubWorkflow;
}

export interface GithubWorkflow {
  /** `owner/name`. */
  readonly repository: string;
  /** Path in the repository, `.github/workflows/release.yml`. */
  readonly path: string;
  /** `refs/heads/main`. */
  readonly ref: string;
  /** The commit, 40 hex digits. */
  readonly sha: string;
  /** The display name. */
  readonly name: string;
  /** `push`, `release`, … */
  readonly trigger: string;
}

const GITHUB = 'https://github.com';
const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** The identity that a GitHub Actions workflow signs with. */
export function githubIdentity(
  workflow: Pick<GithubWorkflow, 'repository' | 'path'> & Partial<GithubWorkflow>,
): Identity {
  const run: GithubWorkflow = {
    ref: 'refs/heads/main',
    sha: '0123456789abcdef0123456789abcdef01234567',
    name: 'Release',
    trigger: 'push',
    ...workflow,
  };
  return { issuer: GITHUB_ISSUER, subject: workflowUri(run), workflow: run };
}

export function subjectAlternativeNamesOf({ subject }: Identity): SubjectAlternativeName[] {
  return [{ kind: subject.includes('://') ? 'uri' : 'email', value: subject }];
}

/** Which arc holds the claim, under Fulcio's OID 1.3.6.1.4.1.57264.1. */
type Claims = ReadonlyMap<number, string>;

/** The first generation of Fulcio's claims is raw text; from `.8` on they are DER UTF8Strings. */
const FIRST_DER_CLAIM = 8;

/** Fulcio's extensions (sigstore/fulcio, docs/oid-info.md). `issuers`: what `.1` and `.8` say. */
export function fulcioExtensions(identity: Identity, issuers: { v1: string; v2: string }): Extension[] {
  const claims: Claims = new Map([
    [1, issuers.v1],
    [8, issuers.v2],
    [24, tokenSubject(identity)],
    ...(identity.workflow === undefined ? [] : workflowClaims(identity.workflow)),
  ]);
  return [...claims]
    .toSorted(([a], [b]) => a - b)
    .map(([arc, text]) => ({
      oid: `1.3.6.1.4.1.57264.1.${arc}`,
      critical: false,
      value: arc < FIRST_DER_CLAIM ? Buffer.from(text) : der.utf8String(text),
    }));
}

function workflowClaims(workflow: GithubWorkflow): [number, string][] {
  const { repository, ref, sha, name, trigger } = workflow;
  const [owner = ''] = repository.split('/');
  return [
    [2, trigger],
    [3, sha],
    [4, name],
    [5, repository],
    [6, ref],
    [9, workflowUri(workflow)],
    [10, sha],
    [11, 'github-hosted'],
    [12, `${GITHUB}/${repository}`],
    [13, sha],
    [14, ref],
    [15, '1001'],
    [16, `${GITHUB}/${owner}`],
    [17, '2001'],
    [18, workflowUri(workflow)],
    [19, sha],
    [20, trigger],
    [21, `${GITHUB}/${repository}/actions/runs/42/attempts/1`],
    [22, 'public'],
  ];
}

function workflowUri({ repository, path, ref }: GithubWorkflow): string {
  return `${GITHUB}/${repository}/${path}@${ref}`;
}

function tokenSubject({ subject, workflow }: Identity): string {
  return workflow === undefined ? subject : `repo:${workflow.repository}:ref:${workflow.ref}`;
}
