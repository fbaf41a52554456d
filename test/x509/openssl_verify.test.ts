// castls and `openssl verify` decide alike about random chains with random faults.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem } from '../../src/asn1/pem.ts';
import { TlsError } from '../../src/base/errors.ts';
import { purposes } from '../../src/x509/extensions.ts';
import * as d from '../support/der.ts';
import { Dice } from '../support/x509_fuzz.ts';
import * as make from '../support/x509_maker.ts';
import { verify } from '../support/x509_verify.ts';

const CASES = 150;
const folder = mkdtempSync(join(tmpdir(), 'castls-verify-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const present = spawnSync('openssl', ['version']).status === 0;
if (!present) console.log('SKIPPED: there is no openssl command to compare with');

interface Case {
  readonly leaf: Uint8Array;
  readonly pool: readonly Uint8Array[];
  readonly root: make.Authority;
  readonly host: string;
}

/** A chain of up to three intermediates in which now and then something is wrong. */
function randomCase(dice: Dice): Case {
  const rarely = () => dice.roll(14) === 0;
  const authority = (): Partial<make.CertificateFields> => {
    const usage = rarely() ? make.keyUsage(0, 6) : make.keyUsage(5, 6);
    const rights = rarely()
      ? make.basicConstraints(false)
      : make.basicConstraints(true, dice.roll(3) === 0 ? dice.roll(3) : undefined);
    const extensions = [rights, usage];
    if (dice.roll(5) === 0)
      extensions.push(
        make.nameConstraints(
          [make.dns(dice.pick(['example', 'a.example', 'other']))],
          dice.roll(3) === 0 ? [make.dns('b.a.example')] : [],
        ),
      );
    if (dice.roll(6) === 0)
      extensions.push(make.extendedKeyUsage(dice.pick([purposes.serverAuth, purposes.clientAuth])));
    if (rarely()) extensions.push(make.extension('1.2.3.4', d.nil, true));
    return {
      extensions,
      forged: rarely(),
      ...(rarely() ? { notAfter: make.NOW - 1000 } : {}),
      ...(rarely() ? { notBefore: make.NOW + 1000 } : {}),
    };
  };
  const root = make.makeRoot('random root');
  let issuer = root;
  const pool: Uint8Array[] = [];
  for (let i = dice.roll(4); i > 0; i--) {
    issuer = make.makeIntermediate(`random ${i}`, issuer, { ...authority(), key: make.testKey('p256', `random ${i}`) });
    if (!rarely()) pool.splice(dice.roll(pool.length + 1), 0, issuer.der);
  }
  const names = [dice.pick(['a.example', 'b.a.example', '*.a.example', 'other', 'c.other'])];
  const extensions = [make.altName(...names.map(make.dns)), make.keyUsage(0)];
  if (dice.roll(4) === 0) extensions.push(make.extendedKeyUsage(rarely() ? purposes.clientAuth : purposes.serverAuth));
  const leaf = make.makeLeaf('leaf', issuer, { extensions, forged: rarely(), subject: '' });
  return { leaf, pool, root, host: dice.pick(['a.example', 'b.a.example', 'other', 'c.other']) };
}

function opensslAccepts({ leaf, pool, root, host }: Case): { accepted: boolean; text: string } {
  const write = (name: string, ders: readonly Uint8Array[]) =>
    writeFileSync(join(folder, name), ders.map(der => formatPem('CERTIFICATE', der)).join(''));
  write('leaf.pem', [leaf]);
  write('pool.pem', pool);
  write('root.pem', [root.der]);
  const untrusted = pool.length > 0 ? ['-untrusted', 'pool.pem'] : [];
  const when = ['-attime', `${make.NOW / 1000}`, '-purpose', 'sslserver', '-verify_hostname', host];
  const { status, stdout, stderr } = spawnSync(
    'openssl',
    ['verify', ...when, '-CAfile', 'root.pem', ...untrusted, 'leaf.pem'],
    { cwd: folder, encoding: 'utf8', timeout: 30_000 },
  );
  return { accepted: status === 0, text: stdout + stderr };
}

function castlsAccepts({ leaf, pool, root, host }: Case): { accepted: boolean; text: string } {
  try {
    verify(leaf, root, { intermediates: pool, serverName: host, purpose: 'server' });
    return { accepted: true, text: 'accepted' };
  } catch (error) {
    assert.instance(error, TlsError);
    return { accepted: false, text: (error as TlsError).message };
  }
}

/** OpenSSL 3.0 does not see that a wildcard stands for an excluded host, too (CVE-2025-61727 in other words). */
function wildcardOfExcluded(text: string): boolean {
  return /DNS:\*\.a\.example is excluded/.test(text);
}

test('agrees with openssl verify on random chains', () => {
  if (!present) return;
  const dice = new Dice(4158);
  const seen = { accepted: 0, refused: 0 };
  for (let i = 0; i < CASES; i++) {
    const one = randomCase(dice);
    const ours = castlsAccepts(one);
    const theirs = opensslAccepts(one);
    if (ours.accepted !== theirs.accepted && !wildcardOfExcluded(ours.text)) {
      assert.unreachable(`case ${i} (${one.host}): castls ${ours.text}; openssl ${theirs.text}`);
    }
    seen[ours.accepted ? 'accepted' : 'refused']++;
  }
  assert.ok(seen.accepted > 15 && seen.refused > 15, JSON.stringify(seen));
});

test.run();
