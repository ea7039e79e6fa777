import { type FastifyInstance, fastify } from 'fastify';

/** One part of the service. */
export interface ReadinessPart {
  readonly name: string;
  /** Whether it stands in the way of requests. What is wrong and is not in the way is told in the answers. */
  readonly ready: boolean;
  /** Its state, a line each; indented ones belong to the one above. */
  readonly state: readonly string[];
}

export interface HealthOptions {
  /** Whether the verification threads do what they are told. */
  readonly isAlive: () => Promise<boolean>;
  readonly parts: () => readonly ReadinessPart[];
}

/**
 * `/healthz`: the event loop and the verification threads answer. `/readyz`: all parts are ready; `?verbose` shows the
 * state of each. Without a ready Pod the Service has no endpoint, and templates that fail open admit everything: so only
 * what can't wait may be not ready.
 */
export function createHealthApp({ isAlive, parts }: HealthOptions): FastifyInstance {
  const app = fastify();
  app.addHook('onRequest', async (_request, reply) => void reply.type('text/plain; charset=utf-8'));
  app.get('/healthz', async (_request, reply) => {
    if (await isAlive()) return 'ok\n';
    return reply.code(503).send('the verification threads do not answer\n');
  });
  app.get<{ Querystring: { verbose?: unknown } }>('/readyz', async (request, reply) => {
    const now = parts();
    const ready = now.every((part) => part.ready);
    reply.code(ready ? 200 : 503);
    const verdict = ready ? 'ok\n' : 'not ready\n';
    return request.query.verbose === undefined ? verdict : `${now.map(describe).join('')}${verdict}`;
  });
  return app;
}

function describe({ name, ready, state }: ReadinessPart): string {
  const lines = [`[${ready ? '+' : '-'}] ${name}`, ...state.map((line) => `    ${line}`)];
  return `${lines.join('\n')}\n`;
}
