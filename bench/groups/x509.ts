// Certificates: reading every field, and verifying leaf <- intermediate <- root on P-256. Distinct certificates in
// turn, so that no cache between iterations helps anyone.

import 'reflect-metadata';
import * as peculiar from '@peculiar/x509';
import * as pkijs from 'pkijs';
import { p256Verifier } from '../../src/wasm/p256.ts';
import { parseCertificate, type TrustAnchor, trustAnchor } from '../../src/x509/index.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { castls, core, peer } from '../core.ts';
import type { Candidate, Group } from '../suite.ts';
import { type IssuedChain, issueChain } from '../support/chain.ts';

const CHAINS = 64;

/** The fields everybody reads, as one string to compare: dates, serial, names, extensions. */
interface Fields {
  readonly serial: string;
  readonly notAfter: number;
  readonly dnsNames: readonly string[];
  readonly pathLength: number | undefined;
}

function readOwn(der: Uint8Array): Fields {
  const c = parseCertificate(der);
  // Each getter decodes: every RFC 5280 extension that the certificates of this benchmark have.
  const decoded: unknown[] = [
    c.issuer.toString(),
    c.subject.toString(),
    c.publicKey,
    c.signatureParameters,
    c.keyUsage,
    c.extendedKeyUsage,
  ];
  decoded.push(
    c.certificatePolicies,
    c.crlDistributionPoints,
    c.authorityInfoAccess,
    c.authorityKeyIdentifier,
    c.subjectKeyIdentifier,
  );
  if (decoded.length !== 11) throw new Error('unreachable');
  const dnsNames = (c.subjectAltName ?? []).flatMap(name => (name.type === 'dns' ? [name.value] : []));
  const serial = Buffer.from(c.serialNumber).toString('hex');
  return { serial, notAfter: c.notAfter, dnsNames, pathLength: c.basicConstraints?.pathLength };
}

function readPkijs(der: Uint8Array): Fields {
  const c = pkijs.Certificate.fromBER(der.slice().buffer);
  const text = (name: pkijs.RelativeDistinguishedNames) =>
    name.typesAndValues.map(t => `${t.type}=${t.value.valueBlock.value}`).join(',');
  const decoded: unknown[] = [
    text(c.issuer),
    text(c.subject),
    c.subjectPublicKeyInfo.parsedKey,
    c.signatureAlgorithm.algorithmId,
  ];
  let dnsNames: string[] = [];
  let pathLength: number | undefined;
  for (const extension of c.extensions ?? []) {
    const parsed = extension.parsedValue;
    if (parsed instanceof pkijs.AltName) dnsNames = parsed.altNames.map(name => name.value as string);
    else if (parsed instanceof pkijs.BasicConstraints) pathLength = parsed.pathLenConstraint as number | undefined;
    else decoded.push(parsed);
  }
  if (decoded.length < 5) throw new Error('extensions are missing');
  const serial = Buffer.from(c.serialNumber.valueBlock.valueHexView).toString('hex');
  return { serial, notAfter: c.notAfter.value.getTime(), dnsNames, pathLength };
}

function readPeculiar(der: Uint8Array): Fields {
  const c = new peculiar.X509Certificate(der as Uint8Array<ArrayBuffer>);
  const decoded: unknown[] = [c.issuer, c.subject, c.publicKey.algorithm, c.signatureAlgorithm];
  decoded.push(
    c.getExtension(peculiar.KeyUsagesExtension)?.usages,
    c.getExtension(peculiar.ExtendedKeyUsageExtension)?.usages,
  );
  decoded.push(c.getExtension(peculiar.CertificatePolicyExtension)?.policies);
  decoded.push(c.getExtension(peculiar.CRLDistributionPointsExtension)?.distributionPoints);
  decoded.push(c.getExtension(peculiar.AuthorityInfoAccessExtension)?.ocsp);
  decoded.push(
    c.getExtension(peculiar.AuthorityKeyIdentifierExtension)?.keyId,
    c.getExtension(peculiar.SubjectKeyIdentifierExtension)?.keyId,
  );
  if (decoded.length !== 11) throw new Error('unreachable');
  const names = c.getExtension(peculiar.SubjectAlternativeNameExtension)?.names.items ?? [];
  const pathLength = c.getExtension(peculiar.BasicConstraintsExtension)?.pathLength;
  return { serial: c.serialNumber, notAfter: c.notAfter.getTime(), dnsNames: names.map(n => n.value), pathLength };
}

function parseCandidates(chains: readonly IssuedChain[]): Candidate[] {
  const ways = [
    { who: castls, read: readOwn },
    { who: peer('pkijs'), read: readPkijs },
    { who: peer('@peculiar/x509'), read: readPeculiar },
  ];
  return ways.map(({ who, read }) => {
    let turn = 0;
    return {
      name: 'certificate parse',
      ...who,
      bytes: 0,
      check: () => {
        for (const der of [chains[0].leaf, chains[1].leaf]) {
          if (JSON.stringify(read(der)) !== JSON.stringify(readOwn(der))) throw new Error('fields differ');
        }
      },
      run: () => read(chains[turn++ % CHAINS].leaf),
    };
  });
}

function chainCandidates(chains: readonly IssuedChain[]): Candidate[] {
  const verifiers = [p256Verifier(core())];
  const time = Date.now();
  const verifyOwn = (chain: IssuedChain): void => {
    const anchors: TrustAnchor[] = [trustAnchor(parseCertificate(chain.root))];
    const result = verifyChain({
      leaf: chain.leaf,
      intermediates: [chain.intermediate],
      anchors,
      verifiers,
      time,
      purpose: 'server',
    });
    if (result instanceof Promise) throw new Error('expected an answer at once');
  };
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: crypto as Crypto }));
  const verifyPkijs = async (chain: IssuedChain): Promise<void> => {
    const read = (der: Uint8Array) => pkijs.Certificate.fromBER(der.slice().buffer);
    const engine = new pkijs.CertificateChainValidationEngine({
      trustedCerts: [read(chain.root)],
      certs: [read(chain.intermediate), read(chain.leaf)],
      checkDate: new Date(time),
    });
    const { result, resultMessage } = await engine.verify();
    if (!result) throw new Error(resultMessage);
  };
  const verifyPeculiar = async (chain: IssuedChain): Promise<void> => {
    const read = (der: Uint8Array) => new peculiar.X509Certificate(der as Uint8Array<ArrayBuffer>);
    const [root, ca, leaf] = [read(chain.root), read(chain.intermediate), read(chain.leaf)];
    const built = await new peculiar.X509ChainBuilder({ certificates: [root, ca] }).build(leaf);
    if (built.length !== 3) throw new Error('no chain');
    for (const [i, certificate] of built.entries()) {
      const issuer = built[Math.min(i + 1, 2)];
      if (i < 2 && !(await certificate.verify({ publicKey: issuer.publicKey, date: new Date(time) })))
        throw new Error('not valid');
    }
  };
  const ways = [
    { who: castls, verify: verifyOwn, asynchronous: false },
    { who: peer('pkijs'), verify: verifyPkijs, asynchronous: true },
    { who: peer('@peculiar/x509'), verify: verifyPeculiar, asynchronous: true },
  ];
  return ways.map(({ who, verify, asynchronous }) => {
    let turn = 0;
    return {
      name: 'chain of three verified',
      ...who,
      bytes: 0,
      asynchronous,
      check: async () => {
        await verify(chains[0]);
        const wrong = { ...chains[1], intermediate: chains[2].intermediate };
        const refused = await Promise.resolve()
          .then(() => verify(wrong))
          .then(() => false)
          .catch(() => true);
        if (!refused) throw new Error('a chain with the wrong intermediate passed');
      },
      run: () => verify(chains[turn++ % CHAINS]),
    };
  });
}

export const x509Group: Group = {
  name: 'x509',
  async candidates() {
    peculiar.cryptoProvider.set(crypto as Crypto);
    const chains: IssuedChain[] = [];
    for (let n = 0; n < CHAINS; n++) chains.push(await issueChain(n));
    return [...parseCandidates(chains), ...chainCandidates(chains)];
  },
};
