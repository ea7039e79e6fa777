import type { Command } from 'commander';

/** One line of `Examples`: the command without the program's name, and what it is good for. */
export type Example = readonly [command: string, purpose: string];

/**
 * Ends the help of a command as every command's ends: how it exits, then examples.
 * @param exits what the exit codes mean, one sentence
 */
export function addHelpEnd(command: Command, exits: string, examples: readonly Example[]): Command {
  const lines = examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  countersign ${line}`]);
  return command.addHelpText('after', `\n${exits}\n\nExamples:\n${lines.join('\n')}`);
}

/** For the commands that judge images, or ask registries for them. */
export const IMAGE_EXITS =
  'Exits with 0 for yes, 1 if any image is rejected, 3 if for any nobody could tell, 2 for a wrong configuration or command line.';
