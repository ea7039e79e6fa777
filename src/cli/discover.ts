import { Command } from 'commander';
import type { Finding } from '../cosign/candidate.ts';
import { discover as search } from '../cosign/discovery.ts';
import { reasonOf } from '../errors.ts';
import type { Digest } from '../registry/digest.ts';
import { repositoryName } from '../registry/reference.ts';
import { readClaims } from './claims.ts';
import { formatDiscovery } from './discovery-text.ts';
import { addHelpEnd } from './help.ts';
import { digestOf, locate } from './image-location.ts';
import { addImages, addSettings, imagesOf, settingsOf } from './options.ts';
import { type OutputFormat, outputOption, print, printJson, type Result, resultOf } from './output.ts';
import type { Discovery } from './output-schema.ts';
import { bySource } from './source-order.ts';
import { taggedAttachments } from './tagged-attachments.ts';
import { countImages, newCall, type Workbench, withWorkbench } from './workbench.ts';

export function discoverCommand(): Command {
  const command = addImages(new Command('discover'))
    .description('Show what is attached to images, where it was found and what it claims. Nothing is judged.')
    .addOption(outputOption());
  addSettings(command, ['config']);
  addHelpEnd(
    command,
    'Exits with 0 if every place could be asked, 1 if an image does not exist, 3 if a place could not be asked, 2 for a wrong configuration or command line.',
    [
      ['discover ghcr.io/acme/app:v1', 'a tree of signatures, attestations and what else is attached'],
      ['discover --output json ghcr.io/acme/app@sha256:…', 'for programs'],
    ],
  );
  return command.action(() => discover(command, imagesOf(command)));
}

async function discover(command: Command, images: readonly string[]): Promise<void> {
  const discoveries = await withWorkbench(
    settingsOf(command, process.env),
    `asking for what is attached to ${countImages(images)}`,
    (bench) => Promise.all(images.map((image) => discoverImage(bench, image))),
    resultOfDiscovery,
  );
  const { output } = command.opts<{ output: OutputFormat }>();
  if (output === 'json') printJson(discoveries);
  else print(discoveries.map(formatDiscovery).join('\n\n'));
}

type FoundSignature = Exclude<Discovery, { readonly error: unknown }>['signatures'][number];

async function discoverImage({ snapshot, client }: Workbench, key: string): Promise<Discovery> {
  const call = newCall();
  const findings: Finding[] = [];
  try {
    const location = locate(snapshot, key);
    const { reference, access } = location;
    const { repository } = reference;
    const digest = await digestOf(client, location, call);
    const subject = { repository, digest, access };
    const [tagged] = await Promise.all([
      taggedAttachments(client, subject, call),
      search(client, subject, call, (finding) => findings.push(finding)),
    ]);
    return {
      key,
      subject: `${repositoryName(repository)}@${digest}`,
      signatures: findings.flatMap((finding) => signatureOf(finding, digest)).toSorted(bySource),
      others: [
        ...findings.flatMap((finding) =>
          finding.kind === 'passed-over'
            ? [{ manifest: finding.manifest, artifactType: finding.artifactType }]
            : [],
        ),
        ...tagged,
      ],
      failures: findings.flatMap((finding) =>
        finding.kind === 'failure' ? [{ path: finding.path, reason: finding.reason }] : [],
      ),
      signatureTagAsked: access.cosignEnabled,
    };
  } catch (error) {
    return { key, error: reasonOf(error) };
  }
}

function signatureOf(finding: Finding, subject: Digest): FoundSignature[] {
  if (finding.kind === 'malformed') return [{ ...finding.source, unreadable: finding.reason }];
  if (finding.kind !== 'candidate') return [];
  const { source, content } = finding.candidate;
  const claims = readClaims(content, subject);
  return [{ ...source, ...('code' in claims ? { unreadable: claims } : { claims }) }];
}

function resultOfDiscovery(discovery: Discovery): Result {
  if ('error' in discovery) return resultOf(discovery.error);
  return discovery.failures.length > 0 ? 'unavailable' : 'verified';
}
