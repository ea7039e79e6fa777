import type { Configuration } from '../config/configuration.ts';
import { reasonFrom } from '../config/diagnostic.ts';
import { formatResource } from '../policy/resource.ts';
import type { TrustRoot } from '../policy/trust-policy.ts';
import type { FollowedTls } from '../server/followed-tls.ts';
import { type TrustRootLifetime, trustRootLifetime } from '../sigstore/trust-root-lifetime.ts';
import type { ServiceState, TrustRootState } from '../telemetry/service-state.ts';
import type { Stack } from './stack.ts';

/** Asks every part of the service how it is. */
export function createServiceState(
  tls: FollowedTls,
  configuration: Configuration,
  stack: Stack,
): () => ServiceState {
  /** By fingerprint: reading a trust root takes a while, and what is read never changes. */
  let lifetimes = new Map<string, TrustRootLifetime>();

  function trustRootStates(trustRoots: readonly TrustRoot[]): readonly TrustRootState[] {
    const known = lifetimes;
    lifetimes = new Map();
    return trustRoots.map(({ name, json, fingerprint }) => {
      const lifetime = known.get(fingerprint) ?? trustRootLifetime(json);
      lifetimes.set(fingerprint, lifetime);
      return { name, ...lifetime };
    });
  }

  return () => {
    const { certificate } = tls.current();
    return {
      certificate: {
        subject: certificate.subject,
        expires: certificate.validToDate.getTime(),
        problem: tls.problem(),
      },
      configuration: configurationState(configuration),
      trustRoots: trustRootStates(configuration.current().trustRoots),
      caches: stack.caches(),
      backingOff: stack.backingOff(),
      work: stack.work(),
    };
  };
}

function configurationState(configuration: Configuration): ServiceState['configuration'] {
  const { generation, resources } = configuration.current();
  const told = new Set(resources.flatMap(({ reasons }) => reasons.map(({ message }) => message)));
  const remarks = configuration
    .diagnostics()
    .map((diagnostic) => ({ severity: diagnostic.severity, ...reasonFrom(diagnostic) }))
    .filter(({ message }) => !told.has(message))
    .map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  return {
    generation,
    resources: resources.map(({ id, state, reasons }) => ({
      kind: id.kind,
      title: formatResource(id),
      state,
      reasons,
    })),
    remarks,
  };
}
