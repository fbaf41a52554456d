// Answers of castls serve to the tls-alpn-01 challenges of ACME (RFC 8737): for a handshake that offers "acme-tls/1" alone, a
// certificate of its own with the acmeIdentifier, and no data. All other handshakes go on as they would.

import { createSecureContext, type SecureContext, TlsError, type TlsServerOptions } from '../node.ts';
import { formatPem, generatePrivateKey, issueSelfSigned, writePrivateKey } from '../x509.ts';

/** RFC 8737 §4. */
export const ACME_PROTOCOL = 'acme-tls/1';

const DAY = 86_400_000;

/** Contexts by name. @param challenges "name=token.thumbprint" each @throws ERR_INVALID_ARGUMENT */
async function contextsOf(challenges: readonly string[]): Promise<ReadonlyMap<string, SecureContext>> {
  const contexts = new Map<string, SecureContext>();
  for (const challenge of challenges) {
    const [, name, acmeIdentifier] = /^([^=]+)=(.+)$/.exec(challenge) ?? [];
    if (name === undefined) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `--acme ${challenge}: write it like example.com=TOKEN.THUMBPRINT`);
    }
    const key = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
    try {
      const now = Date.now();
      const dates = { notBefore: now - DAY, notAfter: now + 7 * DAY };
      const content = { ...dates, profile: 'server', subject: 'CN=ACME challenge', altNames: [name] } as const;
      const { der } = await issueSelfSigned({ ...content, acmeIdentifier }, { key });
      const pem = { cert: formatPem('CERTIFICATE', der), key: formatPem('PRIVATE KEY', writePrivateKey(key)) };
      contexts.set(name.toLowerCase(), createSecureContext(pem));
    } finally {
      key.dispose();
    }
  }
  return contexts;
}

/** Whether a handshake is a challenge: it offers this one protocol (RFC 8737 §3). */
function isChallenge(protocols: readonly string[]): boolean {
  return protocols.length === 1 && protocols[0] === ACME_PROTOCOL;
}

/**
 * Options of a server that answers challenges, too.
 * @param alpn the protocols of all other handshakes
 */
export async function acmeOptions(
  challenges: readonly string[],
  alpn: readonly string[] = ['http/1.1'],
): Promise<Pick<TlsServerOptions, 'SNICallback' | 'ALPNCallback'>> {
  const contexts = await contextsOf(challenges);
  return {
    SNICallback: (name, callback, { protocols }) => {
      callback(null, isChallenge(protocols) ? contexts.get(name.toLowerCase()) : null);
    },
    ALPNCallback: ({ servername, protocols }) => {
      if (isChallenge(protocols)) return contexts.has(servername.toLowerCase()) ? ACME_PROTOCOL : undefined;
      return alpn.find(protocol => protocols.includes(protocol));
    },
  };
}
