import { Command, CommanderError } from 'commander';
import { completionCommand } from './cli/completion.ts';
import { demoCommand } from './cli/demo.ts';
import { discoverCommand } from './cli/discover.ts';
import { addHelpEnd, IMAGE_EXITS } from './cli/help.ts';
import { inspectCommand } from './cli/inspect.ts';
import { lintCommand } from './cli/lint.ts';
import { EXIT, note } from './cli/output.ts';
import { resolveCommand } from './cli/resolve.ts';
import { serveCommand } from './cli/serve.ts';
import { verifyCommand } from './cli/verify.ts';
import { versionCommand, versionLine } from './cli/version.ts';
import { CountersignError } from './errors.ts';

const program = new Command('countersign')
  .description(
    'Is this image signed by someone this cluster trusts? An external-data provider for OPA Gatekeeper.',
  )
  .version(versionLine(), '--version')
  .addCommand(serveCommand())
  .addCommand(verifyCommand())
  .addCommand(inspectCommand())
  .addCommand(discoverCommand())
  .addCommand(resolveCommand())
  .addCommand(lintCommand())
  .addCommand(demoCommand())
  .addCommand(versionCommand());
program.addCommand(completionCommand(program));
addHelpEnd(program, IMAGE_EXITS, [
  ['demo', 'see the whole way of a request on this machine'],
  ['lint --config policies/', 'is the configuration right?'],
  ['verify --config policies/ ghcr.io/acme/app:v1', 'would the image be admitted?'],
  ['inspect --config policies/ ghcr.io/acme/app:v1', 'and why not?'],
]);

for (const command of [program, ...program.commands]) {
  command.exitOverride().showHelpAfterError('(add --help for what it takes)');
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong; asked for help or the version, nothing is.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CountersignError) {
    note(`countersign: ${error.code}: ${error.message}\n${error.remediation}`);
    return EXIT.usage;
  }
  // A bug. Node's own code for it would say that an image is rejected.
  note(`countersign: ${error instanceof Error ? error.stack : String(error)}`);
  return EXIT.unavailable;
}
