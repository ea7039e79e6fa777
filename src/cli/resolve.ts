import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { PinResult } from '../verification/service.ts';
import { addHelpEnd, IMAGE_EXITS } from './help.ts';
import { addImages, addSettings, imagesOf, settingsOf } from './options.ts';
import { type OutputFormat, outputOption, print, printJson, resultOf } from './output.ts';
import type { Resolved } from './output-schema.ts';
import { printable } from './terminal-text.ts';
import { formatHeading, formatReason } from './verdict-text.ts';
import { countImages, DEADLINE, withWorkbench } from './workbench.ts';

export function resolveCommand(): Command {
  const command = addImages(new Command('resolve'), 'image references')
    .description('Print the digest that each image has, as the mutation of Gatekeeper would pin it.')
    .addOption(outputOption());
  addSettings(command, ['config']);
  addHelpEnd(command, IMAGE_EXITS, [
    ['resolve nginx:1.25', 'one line an image: the reference with its digest'],
    ['resolve --output json ghcr.io/acme/app:v1 ghcr.io/acme/app:v2', 'for programs'],
  ]);
  return command.action(() => resolve(command, imagesOf(command)));
}

async function resolve(command: Command, images: readonly string[]): Promise<void> {
  const results = await withWorkbench(
    settingsOf(command, process.env),
    `resolving ${countImages(images)}`,
    ({ service }) => {
      const deadline = systemClock.monotonic() + DEADLINE;
      return Promise.all(images.map((image) => service.pin(image, { deadline })));
    },
    (result) => ('error' in result ? resultOf(result.error) : 'verified'),
  );
  const { output } = command.opts<{ output: OutputFormat }>();
  if (output === 'json') printJson(results.map(resolvedOf));
  else print(results.map(formatResolved).join('\n'));
}

function resolvedOf(result: PinResult): Resolved {
  if ('error' in result) return result;
  const { key, value } = result;
  return { key, digest: value.slice(value.lastIndexOf('@') + 1), reference: value };
}

function formatResolved(result: PinResult): string {
  if (!('error' in result)) return printable(result.value);
  return [formatHeading(resultOf(result.error), result.key), ...formatReason(result.error)].join('\n');
}
