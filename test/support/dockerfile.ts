import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a container of the last stage would be started with. */
export interface BuiltImage {
  /** Folder that holds its file system. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly root: string;
  readonly settings: Map<string, string>;
  readonly environment: Map<string, string>;
  readonly labels: Map<string, string>;
}

export interface BuildOptions {
  /** The folder with Dockerfile and everything that is copied from. */
  readonly context: string;
  /** An empty folder for the file systems of the stages. */
  readonly target: string;
  /** What RUN finds, in place of the base image. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Follows a Dockerfile without a container engine: each stage is a folder, RUN is a shell in its WORKDIR with the tools
 * of this machine. Knows the instructions that ours uses, and throws at any other.
 */
export async function buildWithoutEngine(options: BuildOptions): Promise<BuiltImage> {
  const text = await readFile(join(options.context, 'Dockerfile'), 'utf8');
  const stages: Stage[] = [];
  const variables = new Map<string, string>();
  for (const { instruction, rest } of instructionsOf(text)) {
    const value = rest.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? '');
    const stage = stages.at(-1);
    if (instruction === 'ARG') variables.set(...pairOf(value));
    else if (instruction === 'FROM') stages.push(await createStage(value, stages.length, options));
    else if (stage === undefined) throw new Error(`${instruction} before FROM`);
    else await follow(instruction, value, stage, stages, options);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('there is no stage');
  return {
    root: last.root,
    environment: Object.fromEntries(last.environment),
    labels: Object.fromEntries(last.labels),
    user: last.settings.get('USER') ?? '',
    workingDirectory: last.settings.get('WORKDIR') ?? '/',
    entrypoint: JSON.parse(last.settings.get('ENTRYPOINT') ?? '[]'),
    command: JSON.parse(last.settings.get('CMD') ?? '[]'),
  };
}

/** Every `FROM`, and every path of the context that is copied. */
export function readDockerfile(text: string): { bases: readonly string[]; copied: readonly string[] } {
  const instructions = instructionsOf(text);
  const of = (wanted: string) =>
    instructions.filter(({ instruction }) => instruction === wanted).map(({ rest }) => rest);
  return {
    bases: of('FROM').map((rest) => rest.split(' ')[0] ?? ''),
    copied: of('COPY')
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1)),
  };
}

function instructionsOf(text: string): { instruction: string; rest: string }[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [instruction = '', ...rest] = line.split(' ');
    return { instruction, rest: rest.join(' ') };
  });
}

async function createStage(value: string, index: number, { target }: BuildOptions): Promise<Stage> {
  const [base = '', , name = String(index)] = value.split(' ');
  const root = join(target, name);
  await mkdir(root);
  return { name, base, root, settings: new Map(), environment: new Map(), labels: new Map() };
}

async function follow(
  instruction: string,
  value: string,
  stage: Stage,
  stages: readonly Stage[],
  { context, environment }: BuildOptions,
): Promise<void> {
  switch (instruction) {
    case 'WORKDIR':
      stage.settings.set('WORKDIR', value);
      await mkdir(join(stage.root, value), { recursive: true });
      break;
    case 'COPY':
      await copy(value, stage, stages, context);
      break;
    case 'RUN':
      if (stage.base === 'scratch') throw new Error('there is no shell to run this with');
      await run('sh', ['-euc', value], {
        cwd: join(stage.root, stage.settings.get('WORKDIR') ?? '/'),
        env: environment,
        maxBuffer: 16 * 1024 * 1024,
      });
      break;
    case 'ENV':
      stage.environment.set(...pairOf(value));
      break;
    case 'LABEL':
      stage.labels.set(...pairOf(value));
      break;
    case 'USER':
    case 'ENTRYPOINT':
    case 'CMD':
      stage.settings.set(instruction, value);
      break;
    case 'EXPOSE':
      break;
    default:
      throw new Error(`${instruction} is not known here`);
  }
}

/** A folder gives its content, a file itself; a target with `/` at its end is a folder. */
async function copy(value: string, stage: Stage, stages: readonly Stage[], context: string): Promise<void> {
  const from = /^--from=(\S+) /.exec(value);
  const source = from === null ? context : stages.find(({ name }) => name === from[1])?.root;
  if (source === undefined) throw new Error(`there is no stage ${from?.[1]}`);
  const paths = value.slice(from?.[0].length ?? 0).split(' ');
  const target = paths.pop() ?? '';
  const base = target.startsWith('/') ? stage.root : join(stage.root, stage.settings.get('WORKDIR') ?? '/');
  for (const path of paths) {
    const isFolder = (await stat(join(source, path))).isDirectory();
    const name = !isFolder && target.endsWith('/') ? basename(path) : '';
    await cp(join(source, path), join(base, target, name), { recursive: true, verbatimSymlinks: true });
  }
}

function pairOf(text: string): [string, string] {
  const [, name = '', value = ''] = /^([^=]+)="?(.*?)"?$/.exec(text) ?? [];
  return [name, value];
}
