import type { CommandShape, Flag } from './command-tree.ts';

/** The script that a shell reads to complete the command line of a program. */
export type CompletionScript = (program: string, commands: readonly CommandShape[]) => string;

/** For bash 3.2 and later. */
export function bashScript(program: string, commands: readonly CommandShape[]): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags.flatMap((flag) => {
      const reply = bashValue(flag);
      const pattern = flag.names.map((flagName) => quote(`${name} ${flagName}`)).join('|');
      return reply === undefined ? [] : [`    ${pattern}) ${reply}; return ;;`];
    }),
  );
  const words = commands.map(({ name, flags, words: own }) => {
    const offered = [...own, ...flags.flatMap(({ names }) => names)].join(' ');
    return `    ${name}) words=${quote(offered)} ;;`;
  });
  const names = commands.map(({ name }) => name);
  return `# bash completion of ${program}
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${names.join('|')}) command="$word"; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${values.join('\n')}
  esac
  case "$command" in
    "") words=${quote([...names, '--help', '--version'].join(' '))} ;;
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _${program} ${program}
`;
}

function bashValue({ value }: Flag): string | undefined {
  switch (value.kind) {
    case 'none':
      return undefined;
    case 'text':
      return ':';
    case 'file':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))';
    case 'folder':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current"))';
    case 'words':
      return `COMPREPLY=($(compgen -W ${quote(value.words.join(' '))} -- "$current"))`;
  }
}

export function zshScript(program: string, commands: readonly CommandShape[]): string {
  const offered = commands.map(
    ({ name, description }) => `    ${quote(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, flags, words }) => {
    const rest = words.length === 0 ? '' : ` \\\n        ${quote(`*:argument:(${words.join(' ')})`)}`;
    return `      ${name})\n        _arguments -s \\\n${flags.map(zshFlag).join(' \\\n')}${rest}\n        ;;`;
  });
  return `#compdef ${program}
_${program}() {
  local -a commands
  commands=(
${offered.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _${program} ]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function zshFlag({ names, description, value }: Flag): string {
  const text = description.replaceAll('\\', '\\\\').replace(/[[\]:]/g, '\\$&');
  const after = {
    none: '',
    text: ':value: ',
    file: ':path:_files',
    folder: ':folder:_files -/',
    words: value.kind === 'words' ? `:value:(${value.words.join(' ')})` : '',
  }[value.kind];
  return names.map((name) => `        ${quote(`*${name}[${text}]${after}`)}`).join(' \\\n');
}

export function fishScript(program: string, commands: readonly CommandShape[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, description, flags, words }) => {
    const within = `complete -c ${program} -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c ${program} -n ${quote(`not __fish_seen_subcommand_from ${names}`)} -f -a ${name} -d ${quote(description)}`,
      ...flags.map((flag) => `${within} ${fishFlag(flag)}`),
      ...(words.length === 0 ? [] : [`${within} -f -a ${quote(words.join(' '))}`]),
    ];
  });
  return `# fish completion of ${program}\n${lines.join('\n')}\n`;
}

function fishFlag({ names, description, value }: Flag): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const after = {
    none: '',
    text: ' -x',
    file: ' -r -F',
    folder: " -x -a '(__fish_complete_directories)'",
    words: value.kind === 'words' ? ` -x -a ${quote(value.words.join(' '))}` : '',
  }[value.kind];
  return `${spelled.join(' ')}${after} -d ${quote(description)}`;
}

/** One word, in every shell: between single quotes only they themselves would need care, and they stand in prose alone. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
