import { homedir } from 'node:os';
import { createConfiguration } from '../config/configuration.ts';
import { createCredentialSources } from '../config/credential-sources.ts';
import { FileSource } from '../config/file-source.ts';
import type { Settings } from '../config/settings.ts';
import { limits } from '../limits.ts';
import { programVersion } from '../package.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import { createByteBudget } from '../registry/byte-budget.ts';
import type { CallContext, RegistryClient } from '../registry/client.ts';
import { createRegistryClient } from '../registry/http-client.ts';
import { proxyFromEnvironment } from '../registry/proxy.ts';
import type { VerificationService } from '../verification/service.ts';
import { createSignatureVerifier, type SignatureVerifier } from '../verification/signature-verifier.ts';
import { formatDiagnostic, isError } from './diagnostic-text.ts';
import { EXIT, exitCodeOf, note, type Result } from './output.ts';
import { withProgress } from './progress.ts';
import { createStack } from './stack.ts';

/** Everything that a command which looks at images needs. */
export interface Workbench {
  /** The configuration as it is written now; nothing follows its changes. */
  readonly snapshot: Snapshot;
  /** Judges as the server does. */
  readonly service: VerificationService;
  /** For a look past the verdict; shares no connection with the service. */
  readonly client: RegistryClient;
  readonly signatures: SignatureVerifier;
}

/** Milliseconds for one image; nobody's admission waits for a command line. */
export const DEADLINE = 30_000;

/** What the requests for one image may use up. */
export function newCall(): CallContext {
  return { signal: AbortSignal.timeout(DEADLINE), budget: createByteBudget(limits.subjectBytes) };
}

/**
 * Works on images with the configuration that the settings name, and sets the exit code. Errors of the configuration
 * go to stderr and make it 2, whatever came of the images: their verdicts rest on half of what was written.
 * @param doing what the progress line says
 * @throws SETTING_INVALID
 */
export async function withWorkbench<T>(
  settings: Settings,
  doing: string,
  work: (bench: Workbench) => Promise<readonly T[]>,
  resultOf: (item: T) => Result,
): Promise<readonly T[]> {
  const environment = process.env;
  const configuration = createConfiguration(new FileSource(settings.config), {
    version: programVersion(),
    credentials: createCredentialSources(environment, homedir()),
  });
  await configuration.start();
  await configuration.close();
  const snapshot = configuration.current();
  const errors = configuration.diagnostics().filter(isError);
  for (const error of errors) note(formatDiagnostic(error));

  const stack = createStack({ snapshot: () => snapshot, settings, environment });
  const client = createRegistryClient({
    version: programVersion(),
    proxy: proxyFromEnvironment(environment),
  });
  const signatures = createSignatureVerifier({ threads: settings.workers });
  try {
    const bench = { snapshot, service: stack.service, client, signatures };
    const items = await withProgress(doing, () => work(bench));
    process.exitCode = errors.length > 0 ? EXIT.usage : exitCodeOf(items.map(resultOf));
    return items;
  } finally {
    await Promise.all([stack.close(), client.close(), signatures.close()]);
  }
}

/** `2 images`, for the progress line. */
export function countImages(images: readonly string[]): string {
  return images.length === 1 ? '1 image' : `${images.length} images`;
}
