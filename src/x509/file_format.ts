// What a file is that is not what was asked for: OpenSSH, PuTTY, JKS, JWK, PKCS#7, PKCS#12, a web page, and how to go on from
// there. Only names; nothing is read.

import { pemText, readPem } from '../asn1/pem.ts';
import { toHex } from '../base/bytes.ts';

/** A format by name, and what turns such a file (FILE) into one that castls reads. */
interface Format {
  readonly name: string;
  readonly wayOut: string;
}

const bundleWayOut = 'parsePkcs7 reads it, "castls cert convert FILE" takes it apart';

/** By PEM label, where the label is not what castls/x509 reads anywhere. */
const labels: Readonly<Record<string, Format>> = {
  'OPENSSH PRIVATE KEY': { name: 'an OpenSSH private key', wayOut: 'ssh-keygen -p -m PKCS8 -f FILE rewrites it' },
  'SSH2 ENCRYPTED PRIVATE KEY': { name: 'an SSH2 private key', wayOut: 'ssh-keygen -i -f FILE converts it' },
  'DSA PRIVATE KEY': { name: 'a DSA private key', wayOut: 'DSA was withdrawn by FIPS 186-5: make a new key' },
  'X9.42 DH PARAMETERS': { name: 'Diffie-Hellman parameters', wayOut: 'castls uses the groups of RFC 7919' },
  'DH PARAMETERS': { name: 'Diffie-Hellman parameters', wayOut: 'castls uses the groups of RFC 7919' },
  'EC PARAMETERS': { name: 'parameters of an elliptic curve', wayOut: 'the key stands in another block' },
  'RSA PUBLIC KEY': {
    name: 'a PKCS#1 public key',
    wayOut: 'openssl rsa -RSAPublicKey_in -pubout -in FILE converts it',
  },
  PKCS7: { name: 'a PKCS#7 bundle', wayOut: bundleWayOut },
  CMS: { name: 'a CMS message', wayOut: 'openssl cms -cmsout -print -in FILE shows it' },
  'ATTRIBUTE CERTIFICATE': { name: 'an attribute certificate (RFC 5755)', wayOut: 'it has no key' },
};

/** By how a text begins. */
const texts: readonly (readonly [RegExp, Format])[] = [
  [/^\s*\{[\s\S]*"kty"/, { name: 'a JSON Web Key', wayOut: 'parsePrivateJwk and parsePublicJwk read it' }],
  [
    /^PuTTY-User-Key-File/,
    { name: 'a PuTTY key', wayOut: 'puttygen FILE -O private-openssh, then ssh-keygen -p -m PKCS8' },
  ],
  [
    /^(ssh-|ecdsa-sha2-|sk-ssh-)\S+ AAAA/,
    { name: 'an OpenSSH public key', wayOut: 'ssh-keygen -e -m PKCS8 -f FILE converts it' },
  ],
  [/^---- BEGIN SSH2/, { name: 'an SSH2 key', wayOut: 'ssh-keygen -i -f FILE converts it' }],
  [/^\s*<(!doctype|html|\?xml)/i, { name: 'a web page or XML', wayOut: 'was the download an error page?' }],
  [
    /^\s*MI[A-Za-z0-9+/\s]{60,}={0,2}\s*$/,
    { name: 'base64 without a BEGIN line', wayOut: 'put "-----BEGIN ...-----" and "-----END ...-----" around it' },
  ],
];

const importStore = 'keytool -importkeystore -srckeystore FILE -deststoretype PKCS12 converts it';

/** By the first octets in hexadecimal. */
const octets: readonly (readonly [RegExp, Format])[] = [
  [/^feedfeed/, { name: 'a Java key store (JKS)', wayOut: importStore }],
  [/^cececece/, { name: 'a Java key store (JCEKS)', wayOut: importStore }],
  [/^504b0304/, { name: 'a ZIP archive', wayOut: 'unpack it' }],
  [/^1f8b/, { name: 'a gzip file', wayOut: 'unpack it' }],
  // SEQUENCE { INTEGER 3, SEQUENCE; SEQUENCE { id of PKCS#7; with a length of any form.
  [/^30(..){1,5}02010330/, { name: 'a PKCS#12 file', wayOut: 'parsePkcs12 reads it, castls/node takes it as pfx' }],
  [/^30(..){1,5}06092a864886f70d0107/, { name: 'a PKCS#7 bundle', wayOut: bundleWayOut }],
  [/^3080/, { name: 'BER with an indefinite length', wayOut: 'of such files only PKCS#12 and PKCS#7 are read' }],
];

/** Characters that are looked at where there is no PEM. */
const BEGINNING = 4096;

/**
 * Names a file for an error: "an OpenSSH private key (ssh-keygen -p -m PKCS8 -f FILE rewrites it)", or undefined for what
 * is unknown. @param input PEM text, or the octets of a file
 */
export function fileFormat(input: string | Uint8Array): string | undefined {
  const text = typeof input === 'string' ? input : pemText(input);
  const { blocks } = readPem(text);
  for (const { label } of blocks) if (Object.hasOwn(labels, label)) return formatText(labels[label]);
  if (blocks.length > 0) return `PEM with ${[...new Set(blocks.map(({ label }) => label))].slice(0, 5).join(', ')}`;
  const beginning = text.slice(0, BEGINNING);
  const hex = typeof input === 'string' ? '' : toHex(input.subarray(0, 32));
  const found = texts.find(([form]) => form.test(beginning)) ?? octets.find(([form]) => form.test(hex));
  return found && formatText(found[1]);
}

function formatText({ name, wayOut }: Format): string {
  return `${name} (${wayOut})`;
}
