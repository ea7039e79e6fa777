#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail, runOnSupportedNode } from './supported-node.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// A checkout runs from its sources; the published package has only what was built from them.
const main = existsSync(here('../src/main.ts')) ? here('../src/main.ts') : here('../dist/main.js');

if (existsSync(main)) await runOnSupportedNode(main);
else fail('the built program is missing. Run `npm ci && npm run build`.');
