import pc from 'picocolors';
import type { SignatureSource } from '../verdict.ts';
import { resultOf } from './output.ts';
import type { Discovery } from './output-schema.ts';
import { type Branch, drawTree, printable } from './terminal-text.ts';
import { formatHeading, formatReason, formatSigner } from './verdict-text.ts';

type Found = Exclude<Discovery, { readonly error: unknown }>;
type Signature = Found['signatures'][number];
type Claims = NonNullable<Signature['claims']>;

const PLACES: readonly (readonly [SignatureSource['path'], string])[] = [
  ['signature-tag', 'the .sig tag'],
  ['referrers-api', 'the referrers API'],
  ['fallback-tag', 'the fallback tag'],
];

/** The tree of what is attached to an image: by place, what each signature claims. */
export function formatDiscovery(discovery: Discovery): string {
  if ('error' in discovery) {
    const { key, error } = discovery;
    return [formatHeading(resultOf(error), key), ...formatReason(error)].join('\n');
  }
  const places = PLACES.map(([path, name]) => placeBranch(discovery, path, name));
  const root: Branch = {
    text: pc.bold(printable(discovery.subject)),
    branches: discovery.others.length === 0 ? places : [...places, othersBranch(discovery)],
  };
  return drawTree(root);
}

function placeBranch(found: Found, path: SignatureSource['path'], name: string): Branch {
  const failed = found.failures
    .filter((failure) => failure.path === path)
    .map(({ reason }) => ({
      text: pc.yellow(`${reason.code}: ${printable(reason.message)}`),
      branches: [{ text: `${pc.dim('next')} ${reason.remediation}` }],
    }));
  const signatures = found.signatures.filter((signature) => signature.path === path).map(signatureBranch);
  const branches = [...failed, ...signatures];
  if (path === 'signature-tag' && !found.signatureTagAsked) {
    return { text: `${name}: ${pc.dim('not asked, cosignEnabled is false in the Store')}` };
  }
  return branches.length === 0 ? { text: `${name}: ${pc.dim('nothing')}` } : { text: name, branches };
}

function signatureBranch({ claims, unreadable, form, manifest, blob }: Signature): Branch {
  const where = [
    { text: `${pc.dim('manifest')} ${manifest}` },
    ...(blob === '' ? [] : [{ text: `${pc.dim(form === 'bundle' ? 'bundle' : 'payload')} ${blob}` }]),
  ].filter(({ text }) => !text.endsWith(' '));
  if (claims === undefined) {
    const message = unreadable === undefined ? '' : `${unreadable.code}: ${printable(unreadable.message)}`;
    return { text: pc.red(`cannot be read: ${message}`), branches: where };
  }
  return { text: headline(claims, form), branches: [...claimBranches(claims), ...where] };
}

function headline({ says, predicateType, about }: Claims, form: Signature['form']): string {
  const kind = says === 'signature' ? 'signature' : `attestation ${printable(predicateType ?? '')}`;
  return `${pc.bold(kind)} of ${about} ${pc.dim(`(${form})`)}`;
}

/** What nobody has proven is called a claim. */
function claimBranches({ signedWith, signer, logEntries, timestamps }: Claims): readonly Branch[] {
  const by =
    signer === undefined
      ? `${signedWith === 'key' ? 'a bare key' : 'somebody with an unreadable certificate'}`
      : formatSigner(signer);
  const run = signer?.workflow;
  const entries = logEntries.map(({ logIndex, integratedTime }) => {
    const at = integratedTime === undefined ? '' : ` at ${integratedTime}`;
    return { text: `${pc.dim('claims log entry')} ${printable(logIndex)}${at}` };
  });
  return [
    { text: `${pc.dim('claims to be by')} ${by}` },
    ...(run?.repository === undefined
      ? []
      : [{ text: `${pc.dim('claims to be from')} ${printable(`${run.repository} ${run.ref ?? ''}`)}` }]),
    ...entries,
    ...(timestamps === 0 ? [] : [{ text: `${pc.dim('brings timestamps')} ${timestamps}` }]),
  ];
}

function othersBranch({ others }: Found): Branch {
  return {
    text: 'attached without being a signature',
    branches: others.map(({ manifest, artifactType }) => ({
      text: `${printable(artifactType)} ${pc.dim(manifest)}`,
    })),
  };
}
