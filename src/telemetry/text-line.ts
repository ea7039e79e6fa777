/** What stands in the line in a way of its own. */
const OWN = new Set(['level', 'time', 'msg', 'err']);

/** `06:12:01.123 WARN  message field=value …` of one line of JSON, with the stack of an error below it. */
export function formatLogLine(json: string): string {
  const entry: Record<string, unknown> = JSON.parse(json);
  const fields = Object.entries(entry)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const head = [
    String(entry['time']).slice(11, 23),
    String(entry['level']).toUpperCase().padEnd(5),
    formatMessage(entry['msg']),
    ...fields,
  ].join(' ');
  return `${head}\n${formatStack(entry['err'])}`;
}

function formatMessage(message: unknown): string {
  const text = String(message ?? '');
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
}

/** Bare where it can't be misread; nothing that is logged may fake a line or talk to the terminal. */
function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value;
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escapeCharacter);
}

function formatStack(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const text = 'stack' in error ? String(error.stack) : JSON.stringify(error);
  const lines = text.split('\n').map((line) => `    ${line.replaceAll(/\p{Cc}/gu, escapeCharacter)}\n`);
  const cause = 'cause' in error ? formatStack(error.cause) : '';
  return lines.join('') + cause;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
