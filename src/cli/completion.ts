import { Argument, Command } from 'commander';
import { commandTree } from './command-tree.ts';
import { bashScript, type CompletionScript, fishScript, zshScript } from './completion-script.ts';
import { addHelpEnd } from './help.ts';
import { print } from './output.ts';

const SCRIPTS: Readonly<Record<string, CompletionScript>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** @param program whose commands are completed, with this one among them by the time it runs */
export function completionCommand(program: Command): Command {
  const command = new Command('completion')
    .description('Print a script that makes a shell complete commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(Object.keys(SCRIPTS)));
  addHelpEnd(command, 'Exits with 0.', [
    ['completion bash > ~/.local/share/bash-completion/completions/countersign', 'bash'],
    ['completion zsh > ~/.zsh/completions/_countersign', 'zsh, with that folder in fpath'],
    ['completion fish > ~/.config/fish/completions/countersign.fish', 'fish'],
  ]);
  return command.action((shell: string) => {
    const script = SCRIPTS[shell];
    if (script !== undefined) print(script(program.name(), commandTree(program)).trimEnd());
  });
}
