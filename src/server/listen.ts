import type { FastifyInstance } from 'fastify';
import { CountersignError } from '../errors.ts';

/**
 * Has an application listen.
 * @param port 0 for any free one
 * @param text what its log says then. Optional.
 * @throws SETTING_INVALID where the address cannot be listened on
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  text?: (url: string) => string,
): Promise<void> {
  try {
    await app.listen({ host, port, ...(text !== undefined && { listenTextResolver: text }) });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CountersignError('SETTING_INVALID', `Cannot listen on ${host}, port ${port}: ${detail}`, {
      cause: error,
    });
  }
}
