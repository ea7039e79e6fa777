export type ResourceKind = 'Verifier' | 'Policy' | 'Store' | 'KeyManagementProvider';

/** Names a resource. Namespaced twins have the cluster kind's name here and a namespace. */
export interface ResourceId {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Absent for cluster-wide resources. */
  readonly namespace?: string;
}

/** `Verifier team-a/verifier-cosign`, for messages. */
export function formatResource(id: ResourceId): string {
  return id.namespace === undefined ? `${id.kind} ${id.name}` : `${id.kind} ${id.namespace}/${id.name}`;
}
