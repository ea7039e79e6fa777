/**
 * Decodes base64 (RFC 4648 section 4, padded) in the one spelling that encoding gives. `Buffer.from` alone also takes
 * white space, missing padding and the URL alphabet: many texts for the same bytes.
 *
 * @returns undefined for any other text.
 */
export function decodeBase64(text: string): Buffer<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
