import { collectDefaultMetrics, Registry } from 'prom-client';

/** Gauges that are named like counters, which promtool complains about; the sum of another one each. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** A registry of metrics that has those of the process. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}
