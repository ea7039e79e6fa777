import { Command } from 'commander';
import { programCommit, programVersion } from '../package.ts';
import { addHelpEnd } from './help.ts';
import { type OutputFormat, outputOption, print, printJson } from './output.ts';
import type { Versions } from './output-schema.ts';

export function versionCommand(): Command {
  const command = new Command('version')
    .description('Print the versions of the program and of what it runs on.')
    .addOption(outputOption());
  addHelpEnd(command, 'Exits with 0.', [['version --output json', 'for a bug report']]);
  return command.action(({ output }: { output: OutputFormat }) => {
    const facts = versions();
    if (output === 'json') return printJson(facts);
    const lines = Object.entries(facts).map(([name, version]) => `${name.padEnd(12)} ${version}`);
    return print(lines.join('\n'));
  });
}

/** `countersign 0.1.0 (commit 0123456, node 24.18.0)` */
export function versionLine(): string {
  const { countersign, commit, node } = versions();
  const build = commit === undefined ? '' : `commit ${commit.slice(0, 12)}, `;
  return `countersign ${countersign} (${build}node ${node})`;
}

function versions(): Versions {
  const commit = programCommit();
  return {
    countersign: programVersion(),
    ...(commit !== undefined && { commit }),
    node: process.versions.node,
    openssl: process.versions.openssl,
  };
}
