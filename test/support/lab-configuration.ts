import { generateKeyPairSync } from 'node:crypto';
import { type LabCase, labCases, labFile } from './lab-registry.ts';
import { inlineKey, policy, store, trustRoot, verifier, yamlOf } from './resources.ts';

/** How the policies differ from those that trust the very signers of each image. */
export interface LabChange {
  readonly issuer?: string;
  readonly identity?: string;
  readonly key?: 'lab-key' | 'other-key';
}

type Signer = LabCase['signers'][number];

/** A configuration with a trust policy for the repository of each case, for one of its signers. */
export function labConfiguration(
  host: string,
  change: LabChange = {},
  signerOf: (labCase: LabCase) => Signer | undefined = ({ signers }) => signers[0],
): string {
  const trustPolicies = labCases().flatMap((labCase) => {
    const signer = signerOf(labCase);
    return signer === undefined ? [] : [policyFor(host, labCase, signer, change)];
  });
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return yamlOf(
    policy(),
    verifier(trustPolicies),
    trustRoot('lab', labFile('trusted_root.json')),
    inlineKey('lab-key', labFile('cosign.pub')),
    inlineKey('other-key', publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    store([{ host, plainHttp: true }]),
  );
}

function policyFor(host: string, labCase: LabCase, signer: Signer, change: LabChange): unknown {
  return {
    name: labCase.case,
    scopes: [`${host}/${labCase.repository}`],
    trustRoot: 'lab',
    tLogVerify: labCase.log !== 'none',
    ...('key' in signer
      ? { keys: [{ provider: change.key ?? 'lab-key' }] }
      : {
          keyless: {
            certificateOIDCIssuer: change.issuer ?? signer.issuer,
            certificateIdentity: change.identity ?? signer.identity,
          },
        }),
  };
}
