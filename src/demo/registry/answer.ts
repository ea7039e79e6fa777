/** What the registry sends back. Content-Length is that of `body` unless `headers` say otherwise. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An iterable is sent as it comes, without Content-Length: for bodies that drip or never end. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export function jsonAnswer(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** The error format of the distribution-spec ("Error Codes"). */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { ...jsonAnswer({ errors: [{ code, message }] }, headers), status };
}
