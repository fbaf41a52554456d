// Verifies a certificate for a name, and says what is wrong with it and how to mend that if it is not good.
// Usage: node examples/verify.mjs CERT CA NAME     Files are PEM; CERT may hold intermediates behind the leaf.

import { readFileSync } from 'node:fs';
import { CertificateError, parseCertificate, parsePem, trustAnchor, verifyCertificateChain } from 'castls/x509';

const [certificateFile, caFile, serverName] = process.argv.slice(2);
const read = file => parsePem(readFileSync(file, 'utf8'), 'CERTIFICATE').map(({ bytes }) => parseCertificate(bytes));

const [leaf, ...intermediates] = read(certificateFile);
const anchors = read(caFile).map(certificate => trustAnchor(certificate));
try {
  const chain = await verifyCertificateChain({ leaf, intermediates, anchors, serverName, time: Date.now() });
  console.log(`${leaf}`);
  console.log(`good for ${serverName}: ${chain.certificates.map(({ subject }) => subject).join(' < ')}`);
} catch (error) {
  if (!(error instanceof CertificateError)) throw error;
  console.log(`${error.code}: ${error.message}`);
  console.log(`rule: ${error.rule}`);
  console.log(`to mend it: ${error.fix}`);
  process.exitCode = 1;
}
