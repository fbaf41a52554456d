// C2SP/x509-limbo: https://x509-limbo.com. A case's namespace says whose rules it asks for: rfc5280:: the profile of the
// RFC, webpki:: that of the Baseline Requirements; all others run with castls' default. bettertls:: is Netflix BetterTLS.

import { TlsError } from '../../../src/base/errors.ts';
import * as x509 from '../../../src/x509/index.ts';
import { verifyChain } from '../../../src/x509/verify.ts';
import { hex } from '../../support/hex.ts';
import { wasmVerifiers } from '../../support/wasm_verifiers.ts';
import { attempted, listIn, readVectors, VectorError } from '../cases.ts';
import type { Report, Suite } from '../report.ts';

interface LimboName {
  readonly kind: 'DNS' | 'IP' | 'RFC822';
  readonly value: string;
}

interface LimboCase {
  readonly id: string;
  readonly features: readonly string[];
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly key_usage: readonly string[];
  readonly extended_key_usage: readonly string[];
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: LimboName | null;
  readonly expected_peer_names: readonly LimboName[];
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[] | null;
}

/** Where castls follows another rule; docs/x509.md says why. By feature, because no case is special. */
const differences: Readonly<Record<string, string>> = {
  'pedantic-public-suffix-wildcard':
    'RFC 9525 §6.3 knows no public suffixes and castls carries no list of them; wildcards below a single label are refused',
};

export const limboSuite: Suite = {
  files: /(^|\/)limbo\.json$/,
  async run(path, report) {
    for (const [index, testcase] of listIn(readVectors(path), 'testcases').entries()) {
      report.part = String(testcase?.id).startsWith('bettertls::') ? 'BetterTLS' : undefined;
      await attempted(report, testcase?.id ?? `case ${index}`, () => judge(testcase, report));
    }
  },
};

function judge(testcase: LimboCase, report: Report): void {
  let failure: string | undefined;
  try {
    verify(testcase);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    failure = `${error.code} ${error.message}`;
  }
  if (!['SUCCESS', 'FAILURE'].includes(testcase.expected_result)) throw new VectorError('no expected result');
  const wanted = testcase.expected_result === 'SUCCESS';
  if (process.env.LIMBO_TRACE !== undefined) console.log(testcase.id, testcase.expected_result, failure ?? 'accepted');
  if (wanted === (failure === undefined)) {
    report.pass();
    return;
  }
  const feature = testcase.features.find(name => name in differences);
  if (feature !== undefined) report.skip(`${feature}: ${differences[feature]}`);
  else report.fail(testcase.id, `${testcase.expected_result} wanted, but ${failure ?? 'it was accepted'}`);
}

function verify(testcase: LimboCase): void {
  const certificates = (pems: readonly string[]) =>
    pems.flatMap(pem => x509.parsePem(pem, 'CERTIFICATE').map(block => block.bytes));
  const name = testcase.expected_peer_name;
  const usages = testcase.extended_key_usage.map(usage => (x509.purposes as Record<string, string>)[usage] ?? usage);
  const chain = verifyChain({
    leaf: certificates([testcase.peer_certificate])[0],
    intermediates: certificates(testcase.untrusted_intermediates),
    anchors: certificates(testcase.trusted_certs).flatMap(der => anchor(der)),
    verifiers: wasmVerifiers(),
    time: testcase.validation_time === null ? Date.now() : Date.parse(testcase.validation_time),
    serverName: testcase.validation_kind === 'SERVER' && name !== null ? name.value : undefined,
    purpose: testcase.validation_kind === 'SERVER' ? 'server' : (usages[0] ?? 'client'),
    keyUsage:
      testcase.key_usage.reduce((bits, bit) => bits | (x509.keyUsages as Record<string, number>)[bit], 0) || undefined,
    profile: profileOf(testcase.id),
    maxDepth: testcase.max_chain_depth ?? undefined,
    checks: [
      x509.revocation({
        crls: (testcase.crls ?? []).map(pem => x509.parseCrl(x509.parsePem(pem, 'X509 CRL')[0].bytes)),
      }),
    ],
  });
  if (chain instanceof Promise) throw new Error('a Promise from a synchronous verifier');
  const names = new Set(chain.certificates[0].subjectAltName?.map(nameText));
  for (const wanted of testcase.expected_peer_names) {
    if (!names.has(`${wanted.kind} ${wanted.value}`)) throw new TlsError('ERR_CERT_NAME_MISMATCH', wanted.value);
  }
}

/** crl:: cites the profile of CRLs in RFC 5280 §5. */
function profileOf(id: string): x509.Profile | undefined {
  if (id.startsWith('webpki::')) return x509.webPkiProfile;
  return id.startsWith('rfc5280::') || id.startsWith('crl::') ? x509.rfc5280Profile : undefined;
}

/** A root that cannot be read at all is one that cannot be trusted. */
function anchor(der: Uint8Array): x509.TrustAnchor[] {
  try {
    return [x509.trustAnchor(der)];
  } catch (error) {
    if (error instanceof TlsError) return [];
    throw error;
  }
}

function nameText(name: x509.GeneralName): string {
  if (name.type === 'email') return `RFC822 ${name.value}`;
  if (name.type === 'ip') return `IP ${hex(name.value)}`;
  return name.type === 'dns' ? `DNS ${name.value}` : name.type;
}
