// OpenSSL's default store, which node trusts with --use-openssl-ca: the file and the directories of SSL_CERT_FILE and SSL_CERT_DIR, or
// those the build names (man openssl-env, X509_STORE_set_default_paths).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Certificate } from '../../../x509/certificate.ts';
import { readTrustList } from '../../credentials.ts';
import { hasFlag } from './host_flags.ts';

/** True where node takes OpenSSL's store in the place of its own list: by the flag, or as its distributor built it. */
export function usesOpensslStore(): boolean {
  if (hasFlag('--use-openssl-ca')) return true;
  const { target_defaults: built } = process.config as { target_defaults?: { defines?: readonly string[] } };
  return (built?.defines?.includes('NODE_OPENSSL_CERT_STORE') ?? false) && !hasFlag('--use-bundled-ca');
}

/** All certificates of the store. What is not there, or cannot be read, holds none. */
export function opensslStore(): Certificate[] {
  const home = opensslHome();
  const file = process.env['SSL_CERT_FILE'] ?? join(home, 'cert.pem');
  const folders = (process.env['SSL_CERT_DIR'] ?? join(home, 'certs')).split(delimiter).filter(each => each !== '');
  return [file, ...folders.flatMap(hashed)].flatMap(certificatesOf);
}

/** OpenSSL finds an issuer by the hash of its name, "5ed36f99.0" (man openssl-rehash); other files of a directory are nobody's. */
function hashed(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => /^[0-9a-f]{8}\.\d+$/.test(name))
      .sort()
      .map(name => join(folder, name));
  } catch {
    return [];
  }
}

function certificatesOf(file: string): Certificate[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    return [];
  }
  return readTrustList(bytes, file);
}

/** OPENSSLDIR of node's own builds; that of a shared OpenSSL is its distributor's, and nothing tells it. */
function opensslHome(): string {
  if (process.platform === 'win32') return 'C:\\Program Files\\Common Files\\SSL';
  if (process.platform === 'darwin') return '/System/Library/OpenSSL';
  const { node_shared_openssl: shared } = process.config.variables as unknown as Record<string, unknown>;
  const homes = shared ? ['/usr/lib/ssl', '/etc/pki/tls'] : [];
  return homes.find(home => existsSync(join(home, 'certs'))) ?? '/etc/ssl';
}
