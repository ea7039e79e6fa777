import { execFileSync } from 'node:child_process';
import { accessSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_GROUP } from '../../src/config/schema/envelope.ts';
import { attributeOf, type Block, missingLine, readBlocks } from './page.ts';
import { type CommandOutcome, PageRunner } from './page-runner.ts';
import { createSetUp } from './set-up.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

const hasCurl = canRun('curl');

describe.each(pages)('docs/%s', (page) => {
  const blocks = readBlocks(join(root, 'docs', page));

  it('links to what exists', () => {
    for (const { path, anchor } of linksOf(page)) {
      accessSync(join(root, 'docs', path));
      if (anchor !== undefined) expect(anchorsOf(path), path).toContain(anchor);
    }
  });

  it('says of every command who runs it', () => {
    for (const block of blocks.filter(({ language }) => language === 'sh' || language === 'console')) {
      const elsewhere = attributeOf(block, 'elsewhere');
      if (elsewhere !== undefined) accessSync(join(root, elsewhere));
      const told = block.words.includes('run') || block.words.includes('by-hand') || elsewhere !== undefined;
      expect(told, `line ${block.line}`).toBe(true);
    }
  });

  const steps = blocks.filter(isStep);
  const needsCurl = steps.some(({ text }) => text.includes('curl '));
  describe.skipIf(steps.length === 0 || (needsCurl && !hasCurl))(
    'does what it says (skipped where it says nothing to do, or needs curl and there is none)',
    () => {
      let runner: PageRunner;
      let last: CommandOutcome | undefined;
      beforeAll(async () => {
        runner = await PageRunner.create(await createSetUp());
      });
      afterAll(() => runner.close());

      it.each(steps.map((block) => [block.line, titleOf(block), block] as const))(
        'line %i: %s',
        async (...[, , block]) => {
          const file = attributeOf(block, 'file');
          if (file !== undefined) {
            await runner.writeFile(file, block.text);
          } else if (block.language === 'yaml') {
            await runner.writeFile('.block.yaml', block.text);
            const { exitCode, output } = await runner.run('countersign lint --config .block.yaml');
            expect(exitCode, output).toBe(0);
          } else if (block.language === 'text') {
            const missing = missingLine(block.text, last?.output ?? '');
            expect(missing, `is missing in:\n${last?.output}`).toBeUndefined();
          } else if (block.words.includes('background')) {
            await runner.start(block.text);
          } else if (block.words.includes('eventually')) {
            const expected = steps[steps.indexOf(block) + 1]?.text ?? '';
            const attempt = async () => {
              last = await runner.run(block.text);
              return missingLine(expected, last.output);
            };
            await expect.poll(attempt, { timeout: 30_000, interval: 200 }).toBeUndefined();
          } else {
            last = await runner.run(block.text);
            expect(last.exitCode, last.output).toBe(Number(attributeOf(block, 'exit') ?? 0));
          }
        },
      );
    },
  );
});

interface Link {
  readonly path: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): readonly Link[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return Array.from(text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g), ([, path, anchor]) => ({
    path: path || page,
    anchor,
  }));
}

/** As GitHub makes them: the heading in lower case, without punctuation, with `-` for a space. */
function anchorsOf(path: string): readonly string[] {
  const text = readFileSync(join(root, 'docs', path), 'utf8');
  return Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isStep(block: Block): boolean {
  switch (block.language) {
    case 'sh':
      return block.words.includes('run');
    case 'text':
      return block.words.includes('output');
    default:
      return (
        attributeOf(block, 'file') !== undefined || (block.language === 'yaml' && isResource(block.text))
      );
  }
}

function isResource(yaml: string): boolean {
  return parseAllDocuments(yaml).some((document) => String(document.get('apiVersion')).startsWith(API_GROUP));
}

function titleOf({ language, words, text }: Block): string {
  return language === 'sh' ? (text.split('\n')[0] ?? '') : [language, ...words].join(' ');
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
