// Mutations of real certificates, CRLs, OCSP responses and PEM against everything that reads or verifies them. Whatever
// comes in, nothing but a TlsError comes out, and soon.

import { TlsError } from '../../src/base/errors.ts';
import type { SignatureVerifier } from '../../src/crypto/signature.ts';
import * as x509 from '../../src/x509/index.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import * as d from './der.ts';
import * as make from './x509_maker.ts';
import { testHashes } from './x509_verify.ts';

/** Slowest that one input may be, in milliseconds; a busy machine needs some room. */
const DEADLINE = 2000;

/** Says yes to every signature, so that what comes after is reached, too. */
const gullible: SignatureVerifier = { name: 'gullible', handles: () => true, verify: () => true };

/** A deterministic generator (xorshift32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** An integer from 0 to n - 1. */
  roll(n: number): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s;
    return (s >>> 0) % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)];
  }
}

interface Node {
  tag: number;
  children?: Node[];
  content?: Uint8Array;
}

/** DER as a tree; OCTET STRINGs and BIT STRINGs that hold DER are opened, so that extensions are mutated inside. */
function parse(bytes: Uint8Array, at = 0, end = bytes.length): Node[] | undefined {
  const nodes: Node[] = [];
  while (at < end) {
    const tag = bytes[at++];
    if (tag === 0 || (tag & 0x1f) === 0x1f || at >= end) return undefined;
    let length = bytes[at++];
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 3) return undefined;
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + bytes[at++];
    }
    if (at + length > end) return undefined;
    const content = bytes.subarray(at, at + length);
    const children = (tag & 0x20) !== 0 || (tag === 4 && length > 1) ? parse(bytes, at, at + length) : undefined;
    nodes.push(children === undefined ? { tag, content } : { tag, children });
    at += length;
  }
  return nodes;
}

function write(nodes: readonly Node[]): Uint8Array {
  return d.join(...nodes.map(({ tag, children, content }) => d.tlv(tag, children ? write(children) : content!)));
}

/** A copy that shares nothing: nodes that stand in two places would make loops. */
function clone({ tag, children, content }: Node): Node {
  return children === undefined ? { tag, content } : { tag, children: children.map(clone) };
}

function flatten(nodes: Node[], found: { list: Node[]; index: number }[] = []): { list: Node[]; index: number }[] {
  nodes.forEach((node, index) => {
    found.push({ list: nodes, index });
    if (node.children) flatten(node.children, found);
  });
  return found;
}

const interestingTags = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0xa0, 0xa1, 0xa3, 0xa4,
];

/** Changes the tree and corrects all lengths, so that the change gets deep into the readers. */
function mutateTree(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const tree = parse(bytes);
  const donor = parse(other);
  if (tree === undefined || donor === undefined || tree.length === 0) return bytes;
  for (let changes = 1 + dice.roll(3); changes > 0; changes--) {
    const places = flatten(tree);
    if (places.length === 0) break;
    const { list, index } = dice.pick(places);
    const node = list[index];
    switch (dice.roll(7)) {
      case 0:
        list.splice(index, 1);
        break;
      case 1:
        list.splice(index, 0, clone(node));
        break;
      case 2: {
        const from = dice.pick(flatten(donor));
        list[index] = clone(from.list[from.index]);
        break;
      }
      case 3:
        list[index] = { ...node, tag: dice.pick(interestingTags) };
        break;
      case 4:
        list[index] = { tag: node.tag, content: Uint8Array.from({ length: dice.roll(40) }, () => dice.roll(256)) };
        break;
      case 5:
        list[index] = { tag: node.tag, children: [node] };
        break;
      default:
        if (node.content !== undefined && node.content.length > 0) {
          const content = node.content.slice();
          content[dice.roll(content.length)] ^= 1 << dice.roll(8);
          list[index] = { tag: node.tag, content };
        }
    }
  }
  return write(tree);
}

/** Changes bytes without regard for what they mean. */
function mutateBytes(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  let out: Uint8Array = bytes.slice();
  for (let changes = 1 + dice.roll(4); changes > 0 && out.length > 0; changes--) {
    const at = dice.roll(out.length);
    const length = dice.roll(Math.min(64, out.length - at)) + 1;
    switch (dice.roll(6)) {
      case 0:
        out[at] ^= 1 << dice.roll(8);
        break;
      case 1:
        out[at] = dice.pick([0, 1, 0x7f, 0x80, 0x81, 0x84, 0xff]);
        break;
      case 2:
        out = d.join(out.subarray(0, at), out.subarray(at + length));
        break;
      case 3:
        out = d.join(out.subarray(0, at + length), out.subarray(at));
        break;
      case 4:
        out = d.join(out.subarray(0, at), other.subarray(dice.roll(other.length)));
        break;
      default:
        out = out.slice(0, at);
    }
  }
  return out;
}

interface Seeds {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsp: readonly Uint8Array[];
}

/** Certificates with every extension, beside those that are given. */
export function fuzzSeeds(more: readonly Uint8Array[] = []): Seeds & { root: make.Authority } {
  const keys = ['root', 'middle', 'leaf', 'responder'].map(name => make.testKey('ed25519', `fuzz ${name}`));
  const [rootKey, middleKey, leafKey, responder] = keys;
  const root = make.makeRoot('fuzz root', {
    serial: 1,
    key: rootKey,
    signer: rootKey,
    extensions: make.caExtensions(5, make.nameConstraints([make.dns('example')])),
  });
  const policies = make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.3')), d.seq(d.oid(x509.ANY_POLICY))));
  const mappings = make.extension('2.5.29.33', d.seq(d.seq(d.oid('1.2.3'), d.oid('1.2.4'))), true);
  const required = make.extension('2.5.29.36', d.seq(d.primitive(0, Uint8Array.of(9))), true);
  const middle = make.makeIntermediate('fuzz middle', root, {
    serial: 2,
    key: middleKey,
    extensions: make.caExtensions(3, policies, mappings, required, make.extension('2.5.29.54', d.int(7), true)),
  });
  const points = d.seq(d.seq(d.tagged(0, d.tagged(0, make.uri('http://crl/'))), d.tlv(0x81, Uint8Array.of(6, 0x40))));
  const names = make.altName(
    make.dns('host.example'),
    make.ip(1, 2, 3, 4),
    make.email('a@example'),
    make.uri('http://x.example/'),
    make.directory(make.commonName('n')),
  );
  const leaf = make.makeLeaf('host.example', middle, {
    key: leafKey,
    serial: 77,
    extensions: [
      names,
      policies,
      make.extendedKeyUsage(x509.purposes.serverAuth),
      make.keyUsage(0, 2),
      make.extension('2.5.29.31', points),
      make.extension('1.3.6.1.5.5.7.1.24', d.seq(d.int(5))),
      make.extension('1.3.6.1.4.1.11129.2.4.2', d.octets(Uint8Array.of(0, 2, 0, 0))),
    ],
  });
  const modulus = (1n << 2047n) + 3n ** 1200n * 2n + 1n;
  const rsaBits = d.bits(d.seq(d.int(modulus), d.int(65537)));
  const rsa = d.seq(d.seq(d.oid('1.2.840.113549.1.1.1'), d.nil), rsaBits);
  const rsaLeaf = make.makeLeaf('host.example', middle, { serial: 3, key: { ...leafKey, spki: rsa } });
  const entry = make.crlEntry(77, make.NOT_BEFORE, [make.extension('2.5.29.21', d.int(1, 0x0a))]);
  const scope = make.extension(
    '2.5.29.28',
    d.seq(d.tagged(0, d.tagged(0, make.uri('http://crl/'))), d.primitive(4, Uint8Array.of(0xff))),
    true,
  );
  const crls = [
    make.makeCrl(middle, { entries: [entry] }),
    make.makeCrl(root),
    make.makeCrl(middle, { entries: [entry], extensions: [make.crlNumber(1), scope] }),
    make.makeCrl(middle, { extensions: [make.crlNumber(2), make.extension('2.5.29.27', d.int(1), true)] }),
  ];
  const delegate = make.makeLeaf('r', middle, {
    serial: 4,
    key: responder,
    extensions: [make.extendedKeyUsage(x509.purposes.ocspSigning)],
  });
  const ocsp = [
    make.makeOcsp(77, middle, { responder: middle.key }),
    make.makeOcsp(77, middle, { responder, responderName: 'r', status: 'revoked', certificates: [delegate] }),
  ];
  return { root, certificates: [leaf, middle.der, root.der, rsaLeaf, ...more], crls, ocsp };
}

/** What came of some inputs. */
export interface FuzzResult {
  accepted: number;
  refused: number;
  slowest: number;
}

/**
 * Runs `count` mutated inputs.
 * @throws Error with the input in hex, if one gives something else than a value or a TlsError, or takes too long
 */
export function fuzz(seed: number, count: number, more: readonly Uint8Array[] = []): FuzzResult {
  const dice = new Dice(seed);
  const seeds = fuzzSeeds(more);
  const anchors = [x509.trustAnchor(seeds.root.der)];
  const result: FuzzResult = { accepted: 0, refused: 0, slowest: 0 };
  const [leaf, middle] = seeds.certificates;
  const verify = (options: Partial<x509.ChainOptions>) =>
    verifyChain({
      leaf,
      intermediates: [middle],
      anchors,
      verifiers: [gullible],
      hashes: testHashes,
      time: make.NOW,
      serverName: 'host.example',
      ...options,
    });

  const targets: [list: readonly Uint8Array[], run: (input: Uint8Array) => unknown][] = [
    [seeds.certificates, input => x509.describeCertificate(x509.parseCertificate(input))],
    [seeds.certificates, input => x509.parseCertificate(input).decodeExtensions().publicKey],
    [seeds.certificates, input => verify({ leaf: input, profile: x509.webPkiProfile, purpose: 'server' })],
    [
      seeds.certificates,
      input =>
        verify({
          leaf: input,
          policies: { requireExplicitPolicy: true },
          stapled: {},
          checks: [x509.revocation({ mustStaple: false, crls: seeds.crls.map(x509.parseCrl) })],
        }),
    ],
    [seeds.certificates, input => verify({ intermediates: [input, middle], profile: x509.rfc5280Profile })],
    [
      seeds.certificates,
      input =>
        verify({ leaf: input, checks: [x509.transparency({ logs: [{ name: 'l', key: input.subarray(0, 90) }] })] }),
    ],
    [seeds.certificates, input => verify({ anchors: [x509.trustAnchor(input)] })],
    [
      seeds.crls,
      input =>
        verify({
          checks: [x509.revocation({ mode: 'require', crls: [x509.parseCrl(input), x509.parseCrl(seeds.crls[1])] })],
        }),
    ],
    [
      seeds.ocsp,
      input =>
        verify({ stapled: { ocspResponse: input }, checks: [x509.revocation({ mode: 'require', scope: 'leaf' })] }),
    ],
    [seeds.certificates, input => x509.parsePem(x509.formatPem('CERTIFICATE', input))],
    [
      [new TextEncoder().encode(x509.formatPem('CERTIFICATE', leaf))],
      input => x509.parsePem(new TextDecoder('latin1').decode(input)),
    ],
    [seeds.certificates, input => x509.parseTimestampList(input).map(x509.parseTimestamp)],
  ];
  for (let i = 0; i < count; i++) {
    const [list, run] = dice.pick(targets);
    const base = dice.pick(list);
    const input = (dice.roll(3) === 0 ? mutateBytes : mutateTree)(base, dice.pick(seeds.certificates), dice);
    const started = performance.now();
    try {
      run(input);
      result.accepted++;
    } catch (error) {
      if (!(error instanceof TlsError)) {
        throw new Error(`seed ${seed}, input ${i}: ${Buffer.from(input).toString('hex')}`, { cause: error });
      }
      result.refused++;
    }
    const took = performance.now() - started;
    result.slowest = Math.max(result.slowest, took);
    if (took > DEADLINE)
      throw new Error(`seed ${seed}, input ${i} took ${took} ms: ${Buffer.from(input).toString('hex')}`);
  }
  return result;
}
