import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { describeHandshakeFailure } from '../../../src/server/handshake-failure.ts';

function failure(code: string, authorizationError?: string): string | undefined {
  const socket = Object.assign(new TLSSocket(new Socket()), { authorizationError });
  return describeHandshakeFailure(Object.assign(new Error('as OpenSSL says it'), { code }), socket);
}

describe('describeHandshakeFailure', () => {
  it.each([
    ['ECONNRESET', 'INVALID_PURPOSE', /lacks the extended key usage clientAuth/],
    ['ECONNRESET', 'CERT_HAS_EXPIRED', /client certificate.* has expired/],
    ['ECONNRESET', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /not issued by an authority of the client CA files/],
    ['ECONNRESET', 'CERT_REVOKED', /not accepted \(CERT_REVOKED\)/],
    ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', undefined, /presented no certificate/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', undefined, /compare `caBundle`/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', undefined, /compare `caBundle`/],
    ['ERR_SSL_HTTP_REQUEST', undefined, /plain http/],
    ['ERR_SSL_SOMETHING_NEW', undefined, /^as OpenSSL says it \(ERR_SSL_SOMETHING_NEW\)$/],
  ])('explains %s %s', (code, authorizationError, expected) => {
    expect(failure(code, authorizationError)).toMatch(expected);
  });

  it.each(['ECONNRESET', 'EPIPE'])('has nothing to say about %s', (code) => {
    expect(failure(code)).toBeUndefined();
  });
});
