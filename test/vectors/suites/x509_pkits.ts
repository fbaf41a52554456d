// NIST PKITS (Public Key Interoperability Test Suite, 2011): RFC 5280 path validation with CRLs and policies.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TlsError } from '../../../src/base/errors.ts';
import * as x509 from '../../../src/x509/index.ts';
import { verifyChain } from '../../../src/x509/verify.ts';
import { wasmVerifiers } from '../../support/wasm_verifiers.ts';
import { attempted, listIn, readVectors, VectorError } from '../cases.ts';
import type { Report, Suite } from '../report.ts';

interface PkitsCase {
  readonly Name: string;
  /** The anchor first. */
  readonly CertPath: readonly string[];
  readonly CRLPath: readonly string[];
  readonly ShouldValidate: boolean;
  readonly InitialPolicySet: readonly string[];
  readonly InitialPolicyMappingInhibit: boolean;
  readonly InitialExplicitPolicy: boolean;
  readonly InitialAnyPolicyInhibit: boolean;
}

/** Within the validity of everything that is not meant to be out of it (2010 to 2030). */
const TIME = Date.UTC(2020, 0, 1);

/** PKITS appendix B. */
function policyOid(name: string): string {
  return name === 'anyPolicy' ? x509.ANY_POLICY : name.replace('NIST-test-policy-', '2.16.840.1.101.3.2.1.48.');
}

export const pkitsSuite: Suite = {
  files: /pkits\/vectors\.json$/,
  async run(path, report) {
    const folder = dirname(path);
    for (const [index, testcase] of listIn(readVectors(path)).entries()) {
      await attempted(report, testcase?.Name ?? `case ${index}`, () => judge(testcase, folder, report));
    }
  },
};

function judge(testcase: PkitsCase, folder: string, report: Report): void {
  if (typeof testcase.ShouldValidate !== 'boolean') throw new VectorError('the case does not say whether it is valid');
  let failure: TlsError | undefined;
  try {
    verify(testcase, folder);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    failure = error;
  }
  if (process.env.PKITS_TRACE !== undefined)
    console.log(testcase.Name, testcase.ShouldValidate, failure?.message ?? 'valid');
  if (testcase.ShouldValidate && failure?.code === 'ERR_CERT_UNSUPPORTED_ALGORITHM' && /DSA/.test(testcase.Name)) {
    report.skip('DSA: FIPS 186-5 withdrew it, and no SignatureScheme that castls implements has it');
    return;
  }
  const wanted = testcase.ShouldValidate ? 'valid' : 'invalid';
  const got = failure === undefined ? 'valid' : `${failure.code} ${failure.message}`;
  report.check(testcase.Name, testcase.ShouldValidate === (failure === undefined), `${wanted} wanted, but ${got}`);
}

function verify(testcase: PkitsCase, folder: string): void {
  const read = (kind: string, name: string) => {
    try {
      return new Uint8Array(readFileSync(join(folder, kind, name)));
    } catch {
      throw new VectorError(`no file ${kind}/${name} beside vectors.json`);
    }
  };
  const [anchor, ...path] = testcase.CertPath.map(name => read('certs', name));
  const leaf = path.pop()!;
  const chain = verifyChain({
    leaf,
    intermediates: path,
    anchors: [x509.trustAnchor(anchor)],
    verifiers: wasmVerifiers(),
    time: TIME,
    policies: {
      initialPolicySet: testcase.InitialPolicySet.map(policyOid),
      requireExplicitPolicy: testcase.InitialExplicitPolicy,
      inhibitPolicyMapping: testcase.InitialPolicyMappingInhibit,
      inhibitAnyPolicy: testcase.InitialAnyPolicyInhibit,
    },
    checks: [x509.revocation({ mode: 'require', crls: testcase.CRLPath.flatMap(name => readCrl(read('crls', name))) })],
  });
  if (chain instanceof Promise) throw new Error('a Promise from a synchronous verifier');
}

function readCrl(der: Uint8Array): x509.Crl[] {
  try {
    return [x509.parseCrl(der)];
  } catch (error) {
    if (error instanceof TlsError) return [];
    throw error;
  }
}
