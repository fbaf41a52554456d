// Key exchange of TLS 1.2 by the suite's kind: ECDHE, DHE, RSA (RFC 8422 §5, RFC 5246 §7.4.3 and §7.4.7, RFC 7919).
// Makes ServerKeyExchange params and ClientKeyExchange messages; signatures stand in authentication12.ts.

import { TlsError } from '../../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import { signatureUnits } from '../../crypto/signature_units.ts';
import { groupName, isFiniteFieldGroup, NamedGroup } from '../../registry/named_groups.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import {
  type DheParams,
  type EcdheParams,
  encodeClientKeyExchange,
  encodeClientKeyExchangeEcdhe,
  encodeDheParams,
  encodeEcdheParams,
  parseClientKeyExchangeDhe,
  parseClientKeyExchangeEcdhe,
  parseClientKeyExchangeRsa,
  parseServerKeyExchangeDhe,
  parseServerKeyExchangeEcdhe,
  type ServerKeyExchange,
} from '../../wire/key_exchange12.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings } from '../flow/roles.ts';
import type { Credential, HandshakeSettings } from '../flow/settings.ts';
import { chargeExchange, chargeHalf, recordSignature } from '../flow/work.ts';

/** The server's half, by whatever message of whatever version. */
export type ReceivedParams =
  | { readonly kind: 'ecdhe'; readonly params: EcdheParams }
  | { readonly kind: 'dhe'; readonly params: DheParams };

/** A ServerKeyExchange that is parsed and not checked yet. */
export type ReceivedKeyExchange =
  | ({ readonly kind: 'ecdhe' } & ServerKeyExchange<EcdheParams>)
  | ({ readonly kind: 'dhe' } & ServerKeyExchange<DheParams>);

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a curve that was not offered */
export function readServerKeyExchange(
  hs: Handshake,
  suite: CipherSuite12,
  message: HandshakeMessage,
): ReceivedKeyExchange {
  if (suite.keyExchange === 'dhe') return { kind: 'dhe', ...parseServerKeyExchangeDhe(message.body) };
  const parsed = parseServerKeyExchangeEcdhe(message.body);
  requireOfferedCurve(hs, parsed.params);
  return { kind: 'ecdhe', ...parsed };
}

/**
 * The client's half: its ClientKeyExchange and the premaster secret, which the handshake owns.
 * @param received null with RSA key exchange
 */
export function* answerKeyExchange(
  hs: Handshake<ClientSettings>,
  received: ReceivedParams | null,
  serverKey: PublicKey,
  clientVersion: number,
): Steps<{ message: Uint8Array; premaster: Secret }> {
  if (received === null) return yield* encryptPremaster(hs, serverKey, clientVersion);
  const { kind, params } = received;
  const agreed = yield* kind === 'ecdhe' ? agree(hs, ecdheGroup(hs, params)) : agree(hs, dheGroup(hs, params));
  const encode = kind === 'ecdhe' ? encodeClientKeyExchangeEcdhe : encodeClientKeyExchange;
  return { message: encode(agreed.share), premaster: agreed.sharedSecret };
}

/**
 * The client's share for params without a signature, and the shared secret, which the handshake owns; null without params.
 * @throws ERR_ILLEGAL_PARAMETER for a curve that was not offered; what a DHE group is refused for
 */
export function* agreeWithServer(
  hs: Handshake<ClientSettings>,
  { ecdhe, dhe }: { readonly ecdhe: EcdheParams | null; readonly dhe: DheParams | null },
): Steps<{ share: Uint8Array; sharedSecret: Secret } | null> {
  if (ecdhe !== null) return yield* agree(hs, ecdheGroup(hs, ecdhe));
  return dhe === null ? null : yield* agree(hs, dheGroup(hs, dhe));
}

function* agree(
  hs: Handshake<ClientSettings>,
  { group, share }: { readonly group: KeyExchangeGroup; readonly share: Uint8Array },
): Steps<{ share: Uint8Array; sharedSecret: Secret }> {
  hs.negotiated.group = { id: group.id, name: group.name };
  chargeExchange(hs.work, group);
  const answer = yield* hs.flow.settle(() => group.respond(share, hs.settings.random));
  hs.owned.add(answer.sharedSecret);
  return answer;
}

/** @throws ERR_ILLEGAL_PARAMETER for a curve that was not offered */
export function requireOfferedCurve(hs: Handshake, params: EcdheParams): void {
  ecdheGroup(hs, params);
}

function ecdheGroup({ settings }: Handshake, { group: id, publicValue }: EcdheParams) {
  // RFC 8422 §5.4: the curve is one of those the client offered.
  const group = settings.groups.find(candidate => candidate.id === id && candidate.tls12 && !isFiniteFieldGroup(id));
  if (group === undefined) throw new TlsError('ERR_ILLEGAL_PARAMETER', `ServerKeyExchange on ${groupName(id)}`);
  return { group, share: publicValue };
}

function dheGroup({ settings }: Handshake<ClientSettings>, { prime, generator, publicValue }: DheParams) {
  const { provider, finiteFieldPolicy, maximumDheBits } = settings;
  const { finiteFieldDh } = provider;
  if (finiteFieldDh === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the provider has no DHE');
  if (prime.length * 8 > maximumDheBits) {
    const bits = prime.length * 8;
    throw new TlsError('ERR_NO_SHARED_GROUP', `a Diffie-Hellman group of ${bits} bits, ${maximumDheBits} at most`);
  }
  return { group: finiteFieldDh.group(prime, generator, finiteFieldPolicy), share: padTo(publicValue, prime.length) };
}

function* encryptPremaster(hs: Handshake, serverKey: PublicKey, clientVersion: number) {
  const { provider, random } = hs.settings;
  const { rsaKeyTransport } = provider;
  if (rsaKeyTransport === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the provider has no RSA key exchange');
  }
  hs.work.charge(signatureUnits(serverKey), 'RSA encryption');
  const sent = yield* hs.flow.settle(() => rsaKeyTransport.encryptPremaster(serverKey, clientVersion, random));
  return { message: encodeClientKeyExchange(sent.ciphertext), premaster: hs.owned.add(sent.premaster) };
}

/** The server's ephemeral key and the params that go out with it. */
export interface ServerExchange {
  readonly kind: 'ecdhe' | 'dhe';
  readonly keyExchange: KeyExchange;
  readonly encodedParams: Uint8Array;
}

/** The group a server would use with this suite; undefined if there is none in common. */
export function chooseGroup12(
  settings: HandshakeSettings,
  suite: CipherSuite12,
  clientGroups: readonly number[] | null,
): KeyExchangeGroup | undefined {
  if (suite.keyExchange === 'dhe') return chooseDheGroup(settings, clientGroups ?? []);
  // RFC 8422 §4: a client that names no groups leaves the choice to the server; P-256 is what all have.
  const offered = clientGroups ?? [NamedGroup.secp256r1];
  return settings.groups.find(({ id, tls12 }) => tls12 && !isFiniteFieldGroup(id) && offered.includes(id));
}

/** RFC 7919 §4: if the client names any FFDHE group, only one of those will do; else any is good. */
function chooseDheGroup(settings: HandshakeSettings, clientGroups: readonly number[]): KeyExchangeGroup | undefined {
  const constrained = clientGroups.some(isFiniteFieldGroup);
  const { finiteFieldDh } = settings.provider;
  const named = settings.groups.find(
    ({ id, finiteField }) => finiteField !== undefined && (!constrained || clientGroups.includes(id)),
  );
  if (named?.finiteField === undefined || finiteFieldDh === undefined) return undefined;
  // The group as TLS 1.2 uses it: a secret without leading zeros (RFC 5246 §8.1.2).
  return finiteFieldDh.group(named.finiteField.prime, named.finiteField.generator);
}

/** The server's fresh key pair, which the handshake owns. */
export function* startKeyExchange(hs: Handshake, suite: CipherSuite12, group: KeyExchangeGroup): Steps<ServerExchange> {
  chargeHalf(hs.work, group);
  const keyExchange = hs.owned.add(yield* hs.flow.settle(() => group.generate(hs.settings.random)));
  const publicValue = keyExchange.share;
  hs.negotiated.group = { id: group.id, name: group.name };
  if (suite.keyExchange === 'ecdhe') {
    return { kind: 'ecdhe', keyExchange, encodedParams: encodeEcdheParams({ group: group.id, publicValue }) };
  }
  if (group.finiteField === undefined) throw new TlsError('ERR_INVALID_STATE', 'a DHE group without its parameters');
  const { prime, generator } = group.finiteField;
  return { kind: 'dhe', keyExchange, encodedParams: encodeDheParams({ prime, generator, publicValue }) };
}

/**
 * The premaster secret from a ClientKeyExchange; the handshake owns it.
 * @param exchange null with RSA key exchange @param clientVersion legacy_version of the ClientHello
 * @throws ERR_DECODE_ERROR, ERR_INVALID_PUBLIC_KEY
 */
export function* finishKeyExchange(
  hs: Handshake,
  exchange: ServerExchange | null,
  credential: Credential,
  message: HandshakeMessage,
  clientVersion: number,
): Steps<Secret> {
  if (exchange === null) return hs.owned.add(yield* decryptPremaster(hs, credential, message, clientVersion));
  const parse = exchange.kind === 'ecdhe' ? parseClientKeyExchangeEcdhe : parseClientKeyExchangeDhe;
  return yield* completeWithClient(hs, exchange, parse(message.body));
}

/** The shared secret, which the handshake owns, with a client's public value. @throws ERR_INVALID_PUBLIC_KEY */
export function* completeWithClient(
  hs: Handshake,
  { kind, keyExchange }: ServerExchange,
  publicValue: Uint8Array,
): Steps<Secret> {
  const share = kind === 'ecdhe' ? publicValue : padTo(publicValue, keyExchange.group.finiteField?.prime.length ?? 0);
  chargeHalf(hs.work, keyExchange.group);
  const sharedSecret = hs.owned.add(yield* hs.flow.settle(() => keyExchange.complete(share)));
  hs.owned.drop(keyExchange);
  return sharedSecret;
}

function* decryptPremaster(
  hs: Handshake,
  { decrypter }: Credential,
  message: HandshakeMessage,
  clientVersion: number,
): Steps<Secret> {
  if (decrypter === undefined) throw new TlsError('ERR_INVALID_STATE', 'RSA key exchange without a decrypter');
  const ciphertext = parseClientKeyExchangeRsa(message.body);
  recordSignature(hs.work, ciphertext.length);
  // Whatever is thrown is the decrypter's own failure: what the peer sent never is (RFC 5246 §7.4.7.1).
  return yield* hs.ask(
    'decrypter',
    (_, pace) => decrypter.decryptPremaster(ciphertext, clientVersion, hs.settings.random, pace),
    late => late.dispose(),
  );
}

/** A Diffie-Hellman value as long as its prime: peers may leave leading zeros out (RFC 5246 §4.4). A longer one stays. */
function padTo(value: Uint8Array, length: number): Uint8Array {
  if (value.length >= length || length === 0) return value;
  const padded = new Uint8Array(length);
  padded.set(value, length - value.length);
  return padded;
}
