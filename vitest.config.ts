import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    // Real sockets, worker threads and key generation on a two-core machine: generous, since nothing here is timed.
    testTimeout: 60_000,
    // Texts are compared as they are without colours; a CI machine would have them.
    env: { NO_COLOR: '1' },
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      thresholds: {
        // A branch that no test takes is where a wrong yes hides.
        'src/policy/**/*.ts': { branches: 100 },
        'src/verdict.ts': { branches: 100 },
      },
    },
  },
});
