const LINK = /<([^<>]*)>([^<]*)/g;
const RELATION = /;[ \t]*rel[ \t]*=[ \t]*"?([^";,]*)/i;

/** The target of `rel="next"` in a `Link` header (RFC 8288), as it stands there. */
export function parseNextLink(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  for (const [, target, parameters = ''] of text.matchAll(LINK)) {
    const relations = RELATION.exec(parameters)?.[1]?.trim().toLowerCase().split(/\s+/);
    if (relations?.includes('next')) return target;
  }
  return undefined;
}
