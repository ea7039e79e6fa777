/** Ways to write JSON that two programs may read differently; each gets an honest object's text. */
export const ODD_JSON: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
  'a key twice, the honest one last': (text) => text.replace(/^\{"([^"]+)":/, '{"$1":null,"$1":'),
  'a key twice, the honest one first': (text) => {
    const key = /^\{"([^"]+)":/.exec(text)?.[1];
    return `${text.slice(0, -1)},"${key}":null}`;
  },
  'a key twice, once by its escape': (text) =>
    text.replace(/^\{"(.)([^"]*)":/, (_, first: string, rest: string) => {
      const escaped = `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return `{"${escaped}${rest}":null,"${first}${rest}":`;
    }),
  'the key __proto__': (text) => `{"__proto__":{"a":1},${text.slice(1)}`,
  'another object behind it': (text) => `${text}{}`,
  'a word behind it': (text) => `${text} true`,
  'a NUL behind it': (text) => `${text}\0`,
  'a byte order mark': (text) => `\uFEFF${text}`,
  'UTF-16': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'a byte that is no UTF-8': (text) =>
    Buffer.concat([
      Buffer.from(text.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.of(0xff),
      Buffer.from('"}'),
    ]),
  'a lone surrogate': (text) => `${text.slice(0, -1)},"x":"\\ud800"}`,
  'a number beyond all': (text) => `${text.slice(0, -1)},"x":1e400}`,
  'a number that is none': (text) => `${text.slice(0, -1)},"x":NaN}`,
  'a comment': (text) => `${text.slice(0, -1)}/* */}`,
  'a comma too many': (text) => `${text.slice(0, -1)},}`,
  'a depth without end': (text) => `${text.slice(0, -1)},"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  'half of it': (text) => text.slice(0, text.length / 2),
};
