import { type SigningKey, signWith } from './signing-key.ts';

export interface CheckpointSigner {
  /** The key name in the note: the log's host name. */
  readonly name: string;
  readonly key: SigningKey;
  /** The first four bytes are the note's key hint. */
  readonly logId: Buffer;
}

/** A tree head as a signed note (C2SP tlog-checkpoint and signed-note). */
export function signCheckpoint(signer: CheckpointSigner, origin: string, size: number, root: Buffer): string {
  const note = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const signature = signWith(signer.key, Buffer.from(note));
  const hinted = Buffer.concat([signer.logId.subarray(0, 4), signature]);
  return `${note}\n\u2014 ${signer.name} ${hinted.toString('base64')}\n`;
}
