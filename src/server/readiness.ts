import type { Reason } from '../errors.ts';
import type { ResourceState, ServiceState, TrustRootState } from '../telemetry/service-state.ts';
import type { ReadinessPart } from './health.ts';

/** Of those that are not asked at the moment. */
const SHOWN_REGISTRIES = 20;
const DAY = 24 * 60 * 60 * 1_000;

/**
 * The parts of the service as /readyz shows them.
 * @param state undefined until the certificate is loaded and the first load of the configuration has finished
 * @param now milliseconds since the epoch
 */
export function readinessParts(state: ServiceState | undefined, now: number): readonly ReadinessPart[] {
  if (state === undefined) {
    return ['certificate', 'configuration'].map((name) => ({
      name,
      ready: false,
      state: ['not loaded yet'],
    }));
  }
  const { certificate, configuration, trustRoots, caches, backingOff, work } = state;
  const parts: Record<string, readonly string[]> = {
    certificate: [
      `${certificate.subject.replaceAll('\n', ', ')}, ${untilText(certificate.expires, now)}`,
      ...(certificate.problem === undefined
        ? []
        : [`what is on disk is not in force: ${formatReason(certificate.problem)}`]),
    ],
    configuration: [
      `generation ${configuration.generation}`,
      ...configuration.resources.flatMap(describeResource),
      ...configuration.remarks,
    ],
    'trust roots': trustRoots.map((root) => describeTrustRoot(root, now)),
    caches: Object.entries(caches).map(([name, { entries, bytes }]) =>
      bytes === undefined ? `${name}: ${entries} entries` : `${name}: ${entries} entries, ${bytes} bytes`,
    ),
    registries: describeBackOff(backingOff),
    work: [
      `${work.verifications} verifications and ${work.resolutions} resolutions of tags under way`,
      `${work.signatures.running} signatures in threads, ${work.signatures.waiting} waiting`,
    ],
  };
  return Object.entries(parts).map(([name, lines]) => ({ name, ready: true, state: lines }));
}

function describeResource({ title, state, reasons }: ResourceState): readonly string[] {
  return [`${title}: ${state}`, ...reasons.map((reason) => `    ${formatReason(reason)}`)];
}

function describeTrustRoot({ name, asOf, expires }: TrustRootState, now: number): string {
  const age = Math.max(0, Math.floor((now - asOf) / DAY));
  const end = expires === undefined ? 'no end is fixed' : untilText(expires, now);
  return `${name}: as of ${dateOf(asOf)}, ${days(age)} ago, ${end}`;
}

function describeBackOff(backingOff: ServiceState['backingOff']): readonly string[] {
  if (backingOff.length === 0) return ['all are asked'];
  const lines = backingOff.slice(0, SHOWN_REGISTRIES).map(({ host, repository, code, retryAfter }) => {
    const place = repository === undefined ? host : `${repository} on ${host}`;
    return `${place}: not asked for another ${retryAfter} s, after ${code}`;
  });
  const more = backingOff.length - lines.length;
  return more === 0 ? lines : [...lines, `and ${more} more`];
}

function untilText(time: number, now: number): string {
  if (time <= now) return `EXPIRED on ${dateOf(time)}`;
  return `expires on ${dateOf(time)}, in ${days(Math.floor((time - now) / DAY))}`;
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function formatReason({ code, message }: Reason): string {
  return `${code}: ${message}`;
}
