/** One way to authenticate that a server offers (RFC 9110 11.6.1). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SEPARATOR = /[\s,]*/y;
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const VALUE = /[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:/-]+))/y;
const TOKEN68 = /[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y;

/**
 * Reads `WWW-Authenticate`: several challenges in one header or in several, commas inside of quotes, schemes in any
 * case. A name that no `=` follows starts the next challenge. What can't be read ends the reading, and a challenge
 * that has a parameter twice is left out: nobody knows which one is meant.
 */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  const headers = typeof header === 'string' ? [header] : (header ?? []);
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string>; isAmbiguous: boolean }[] = [];
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    read(SEPARATOR);
    const name = read(TOKEN)?.[0].toLowerCase();
    if (name === undefined) break;
    const value = read(VALUE);
    const current = challenges.at(-1);
    if (value === null) {
      challenges.push({ scheme: name, parameters: new Map(), isAmbiguous: false });
      read(TOKEN68);
    } else if (current === undefined) {
      break;
    } else {
      current.isAmbiguous ||= current.parameters.has(name);
      current.parameters.set(name, value[1]?.replaceAll(/\\(.)/g, '$1') ?? value[2] ?? '');
    }
  }
  return challenges.filter(({ isAmbiguous }) => !isAmbiguous);
}
