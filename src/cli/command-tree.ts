import type { Command, Option } from 'commander';

/** What shells need to know of one command. */
export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Words that its arguments may be; empty where they may be anything. */
  readonly words: readonly string[];
}

export interface Flag {
  /** `--config`, and `-c` where there is one. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value: FlagValue;
}

/** What follows a flag. */
type FlagValue =
  | { readonly kind: 'none' | 'text' | 'file' | 'folder' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** The commands of a program, in the order of its help. */
export function commandTree(program: Command): readonly CommandShape[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: [...command.options.map(flagOf), HELP],
    words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  }));
}

/** Commander adds it when it parses. */
const HELP: Flag = {
  names: ['--help', '-h'],
  description: 'display help for command',
  value: { kind: 'none' },
};

function flagOf(option: Option): Flag {
  const { long, short, description } = option;
  const names = [long, short].filter((name): name is string => typeof name === 'string');
  return { names, description, value: flagValueOf(option) };
}

function flagValueOf({ flags, argChoices, required, optional }: Option): FlagValue {
  if (!required && !optional) return { kind: 'none' };
  if (argChoices !== undefined) return { kind: 'words', words: argChoices };
  const placeholder = /<(\w+)/.exec(flags)?.[1];
  if (placeholder === 'folder') return { kind: 'folder' };
  return { kind: placeholder === 'path' || placeholder === 'file' ? 'file' : 'text' };
}
