import { expect, it } from 'vitest';
import { generatedFiles, readOrEmpty } from '../../docs/generate.ts';
import { catalogue } from '../../src/errors.ts';

const files = await generatedFiles();

it.each([...files])('%s is as `npm run docs` writes it', async (path, text) => {
  expect(await readOrEmpty(path)).toBe(text);
});

it('says in every file where it comes from', () => {
  for (const [path, text] of files) {
    const head = path.endsWith('.json') ? text.split('\n')[1] : text;
    expect(head, path).toContain('enerated by docs/generate.ts');
  }
});

it('has an anchor for every code', () => {
  const errors = files.get('docs/errors.md') ?? '';
  for (const code of Object.keys(catalogue)) {
    expect(errors).toContain(`\n### ${code}\n`);
    expect(errors).toContain(`(#${code.toLowerCase()})`);
  }
});
