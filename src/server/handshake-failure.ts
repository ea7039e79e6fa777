import type { TLSSocket } from 'node:tls';

/** What Node says of a client certificate that it does not accept, in words that help. */
const CLIENT_CERTIFICATE: Readonly<Record<string, string>> = {
  INVALID_PURPOSE:
    'the client certificate is not meant for clients: it lacks the extended key usage clientAuth. ' +
    "Gatekeeper presents its webhook's certificate; where it is not made by Gatekeeper itself, issue it with serverAuth and clientAuth",
  CERT_HAS_EXPIRED: 'the client certificate, or one above it, has expired',
  CERT_NOT_YET_VALID: 'the client certificate, or one above it, is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the client certificate is self-signed and not among the client CA files',
  SELF_SIGNED_CERT_IN_CHAIN: 'the client certificate is not issued by an authority of the client CA files',
  UNABLE_TO_GET_ISSUER_CERT: 'the client certificate is not issued by an authority of the client CA files',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the client certificate is not issued by an authority of the client CA files',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the client certificate is not issued by an authority of the client CA files',
  CERT_SIGNATURE_FAILURE:
    'the client certificate has the name of an authority of the client CA files, and not its signature; was the authority renewed?',
};

const DISTRUSTED =
  "the client does not trust this server's certificate; compare `caBundle` and the host in the `url` of the Provider";

const PROTOCOL: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client presented no certificate, and one is demanded',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client speaks only versions of TLS that are older than the one demanded',
  ERR_SSL_HTTP_REQUEST: 'the client speaks plain http',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: DISTRUSTED,
  // Go's answer to every fault of a certificate; OpenSSL renamed it on the way.
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': DISTRUSTED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: DISTRUSTED,
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the client did not finish the handshake in time',
};

/**
 * Why a handshake failed, as a sentence for the log.
 * @returns undefined where there is nothing to say: the client went away, as port scanners and TCP probes do
 */
export function describeHandshakeFailure(
  error: NodeJS.ErrnoException,
  socket: TLSSocket,
): string | undefined {
  // Node keeps the reason as the code alone, and lets the connection break off.
  const rejection: unknown = socket.authorizationError;
  if (rejection) {
    const code = String(rejection);
    return CLIENT_CERTIFICATE[code] ?? `the client certificate is not accepted (${code})`;
  }
  const code = error.code ?? '';
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined;
  return PROTOCOL[code] ?? `${error.message} (${code})`;
}
