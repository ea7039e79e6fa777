import type { Diagnostic, Origin } from './diagnostic.ts';

/** One resource as a source found it. */
export interface SourceResource {
  /** The object: apiVersion, kind, metadata, spec. Nothing about it has been checked. */
  readonly value: unknown;
  readonly origin: Origin;
  /**
   * Errors in the text it was read from. With any, `value` is good for telling which resource it was meant to be, and
   * for nothing else.
   */
  readonly damage: readonly Diagnostic[];
}

/** A place that resources may have been in, and that could not be read. */
export interface UnreadPlace {
  /** Path of a file, or of a folder whose files are all meant. */
  readonly place: string;
  readonly diagnostic: Diagnostic;
}

/** All resources there are, and what keeps that from being certain. */
export interface SourceContent {
  readonly resources: readonly SourceResource[];
  readonly unread: readonly UnreadPlace[];
  /** Warnings. Optional, default none. */
  readonly notes?: readonly Diagnostic[];
}

/** Where resources live: a folder of YAML, a Kubernetes cluster. */
export interface ConfigSource {
  /** Reads everything. What is wrong with the content is in the result; it rejects only for bugs. */
  load(): Promise<SourceContent>;
  /** Calls `onChange`, some time after something may have changed, until closed. At most once. */
  watch(onChange: () => void): void;
  close(): Promise<void>;
}
