import { Command } from 'commander';
import { lint } from '../config/lint.ts';
import { formatDiagnostic, isError, summarise } from './diagnostic-text.ts';
import { addHelpEnd } from './help.ts';
import { addSettings, settingsOf } from './options.ts';
import { EXIT, type OutputFormat, outputOption, print, printJson } from './output.ts';
import { withProgress } from './progress.ts';

export function lintCommand(): Command {
  const command = new Command('lint')
    .description('Check the configuration: every error and warning with file, line and field.')
    .addOption(outputOption());
  addSettings(command, ['config']);
  addHelpEnd(command, 'Exits with 0 without errors, else with 2.', [
    ['lint --config policies/', 'all files of a folder'],
    ['lint --output json --config verifier.yaml --config policy.yaml', 'for programs'],
  ]);
  return command.action(async ({ output }: { output: OutputFormat }) => {
    const { config } = settingsOf(command, process.env);
    const diagnostics = await withProgress('reading the configuration', () => lint(config));
    if (output === 'json') {
      printJson(diagnostics);
    } else {
      for (const diagnostic of diagnostics) print(`${formatDiagnostic(diagnostic)}\n`);
      print(summarise(diagnostics));
    }
    process.exitCode = diagnostics.some(isError) ? EXIT.usage : EXIT.ok;
  });
}
