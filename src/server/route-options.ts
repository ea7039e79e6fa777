import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { VerificationService } from '../verification/service.ts';

/** What a route is made of. */
export interface RouteOptions {
  readonly service: VerificationService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds from the arrival of a request to its answer. */
  readonly deadlineMs: number;
}
