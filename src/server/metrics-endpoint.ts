import { type FastifyInstance, fastify } from 'fastify';
import { negotiateFormat } from '../telemetry/exposition.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** `/metrics` for Prometheus, on an address of its own, in the format that the Accept header asks for. */
export function createMetricsApp(metrics: Metrics): FastifyInstance {
  const app = fastify();
  app.get('/metrics', async (request, reply) => {
    const { contentType, text } = await metrics.exposition(negotiateFormat(request.headers.accept));
    return reply.type(contentType).send(text);
  });
  return app;
}
