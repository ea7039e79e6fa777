import { execFileSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandTree } from '../../../src/cli/command-tree.ts';
import { bashScript, fishScript, zshScript } from '../../../src/cli/completion-script.ts';

const program = new Command('tool')
  .addCommand(
    new Command('verify')
      .description("Judge: an image's [signatures]")
      .addOption(new Option('-o, --output <format>', 'how').choices(['text', 'json']))
      .addOption(new Option('--cert-dir <folder>', 'where'))
      .addOption(new Option('-c, --config <path>', 'which'))
      .addOption(new Option('--address <host:port>', 'at'))
      .option('--keep', 'leave it'),
  )
  .addCommand(
    new Command('completion').addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish'])),
  );
const tree = commandTree(program);

/** What bash offers when the cursor stands behind the last word. */
function complete(...words: string[]): string[] {
  const script = `${bashScript('tool', tree)}
COMP_WORDS=(tool ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_tool
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = execFileSync('bash', ['-c', script], { cwd: 'test/fixtures/cosign-lab', encoding: 'utf8' });
  return offered.split('\n').filter((word) => word !== '');
}

describe('in bash', () => {
  it('commands come first', () => {
    expect(complete('')).toEqual(['verify', 'completion', '--help', '--version']);
    expect(complete('ver')).toEqual(['verify']);
  });

  it('then the flags of the command, and words that its arguments may be', () => {
    expect(complete('verify', '--')).toEqual([
      '--output',
      '--cert-dir',
      '--config',
      '--address',
      '--keep',
      '--help',
    ]);
    expect(complete('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help', '-h']);
    expect(complete('verify', '--keep', '--he')).toEqual(['--help']);
  });

  it('and what a flag may be followed by', () => {
    expect(complete('verify', '--output', '')).toEqual(['text', 'json']);
    expect(complete('verify', '-o', 'j')).toEqual(['json']);
    expect(complete('verify', '--config', 'cases')).toEqual(['cases.json']);
    expect(complete('verify', '--cert-dir', 'b')).toEqual(['blobs']);
    expect(complete('verify', '--address', '')).toEqual([]);
  });
});

describe('in zsh and fish', () => {
  it('the scripts name commands, flags and values', () => {
    const zsh = zshScript('tool', tree);
    expect(zsh).toMatch(/^#compdef tool\n/);
    expect(zsh).toContain("'verify:Judge\\: an image’s [signatures]'");
    expect(zsh).toContain("'*--output[how]:value:(text json)'");
    expect(zsh).toContain("'*--cert-dir[where]:folder:_files -/'");
    expect(zsh).toContain("'*:argument:(bash zsh fish)'");

    const fish = fishScript('tool', tree);
    expect(fish).toContain("-f -a verify -d 'Judge: an image’s [signatures]'");
    expect(fish).toContain(
      "-n '__fish_seen_subcommand_from verify' -l output -s o -x -a 'text json' -d 'how'",
    );
    expect(fish).toContain("-l config -s c -r -F -d 'which'");
  });

  it('no description ends a word early', () => {
    for (const script of [zshScript('tool', tree), fishScript('tool', tree)]) {
      expect((script.match(/'/g) ?? []).length % 2).toBe(0);
    }
  });
});
