import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { verificationValue } from '../server/response-item.ts';
import type { KeyResult } from '../verification/service.ts';
import { addHelpEnd, IMAGE_EXITS } from './help.ts';
import { addImages, addSettings, imagesOf, settingsOf } from './options.ts';
import { type OutputFormat, outputOption, print, printJson } from './output.ts';
import { formatKeyResult } from './verdict-text.ts';
import { countImages, DEADLINE, withWorkbench } from './workbench.ts';

export function verifyCommand(): Command {
  const command = addImages(new Command('verify'))
    .description('Judge images as the server would, on the same configuration.')
    .addOption(outputOption());
  addSettings(command, ['config', 'workers']);
  addHelpEnd(command, IMAGE_EXITS, [
    ['verify cgr.dev/chainguard/nginx:latest', 'by the configuration that comes with the program'],
    ['verify --config policies/ ghcr.io/acme/app@sha256:…', 'by your own'],
    ['verify --output json --config policies/ [team-a]ghcr.io/acme/app', 'what Gatekeeper would get'],
  ]);
  return command.action(() => verify(command, imagesOf(command)));
}

async function verify(command: Command, images: readonly string[]): Promise<void> {
  const results = await withWorkbench(
    settingsOf(command, process.env),
    `verifying ${countImages(images)}`,
    ({ service }) => {
      const deadline = systemClock.monotonic() + DEADLINE;
      return Promise.all(images.map((image) => service.verify(image, { deadline })));
    },
    ({ verdict }) => verdict.kind,
  );
  const { output } = command.opts<{ output: OutputFormat }>();
  if (output === 'json') printJson({ items: results.map(itemOf) });
  else print(results.map(formatKeyResult).join('\n\n'));
}

/** The item that Gatekeeper would get. */
function itemOf(result: KeyResult) {
  const context = { traceId: randomUUID(), timestamp: new Date(systemClock.now()).toISOString() };
  return { key: result.key, value: verificationValue(result, context) };
}
