/** A DSSE envelope (secure-systems-lab/dsse), as a bundle carries it. */
export interface DsseEnvelope {
  payload: string;
  payloadType: string;
  signatures: { sig: string }[];
}

/** What is signed in place of the payload: unambiguous about where type and payload begin and end. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(header), payload]);
}

export function envelopeOf(payloadType: string, payload: Uint8Array, signature: Uint8Array): DsseEnvelope {
  return {
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [{ sig: Buffer.from(signature).toString('base64') }],
  };
}
