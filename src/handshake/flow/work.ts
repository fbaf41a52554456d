// What the steps of a handshake cost this side, charged to the connection's budget before they are done (base/cost.ts).

import { CostBudget as Budget, type CostBudget, workUnits } from '../../base/cost.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import { NamedGroup } from '../../registry/named_groups.ts';
import type { HandshakeSettings } from './settings.ts';

const { x25519, x448, p256, p384, p521, mlkem768, mlkem1024 } = workUnits;

/** Both halves of a key exchange; what is not listed costs as much as the dearest curve. */
const byGroup: ReadonlyMap<number, number> = new Map([
  [NamedGroup.x25519, x25519],
  [NamedGroup.x448, x448],
  [NamedGroup.secp256r1, p256],
  [NamedGroup.secp384r1, p384],
  [NamedGroup.MLKEM512, mlkem768],
  [NamedGroup.MLKEM768, mlkem768],
  [NamedGroup.MLKEM1024, mlkem1024],
  [NamedGroup.X25519MLKEM768, x25519 + mlkem768],
  [NamedGroup.SecP256r1MLKEM768, p256 + mlkem768],
  [NamedGroup.SecP384r1MLKEM1024, p384 + mlkem1024],
]);

function groupUnits({ id, finiteField }: KeyExchangeGroup): number {
  if (finiteField === undefined) return byGroup.get(id) ?? p521;
  return Math.ceil(workUnits.finiteField1024 * (finiteField.prime.length / 128) ** 2.1);
}

/** Reading and checking a message, whatever it says. */
export function messageUnits(length: number): number {
  return workUnits.message + Math.ceil((length * workUnits.messageKiB) / 1024);
}

/**
 * The budget of a connection: `limits.maxWork`, beside what the config itself asks for - a message with certificates as
 * long as it may be, twice the dearest of its groups (RFC 9846 §4.1.4).
 */
export function connectionBudget({ limits, groups }: HandshakeSettings): CostBudget {
  const dearest = groups.reduce((most, group) => Math.max(most, groupUnits(group)), 0);
  const asked = messageUnits(limits.maxCertificateMessage) + 2 * dearest;
  return new Budget(limits.maxWork + asked, 'ERR_TOO_MUCH_WORK');
}

/** A key pair, or a secret from one: half of a key exchange. */
export function chargeHalf(work: CostBudget, group: KeyExchangeGroup): void {
  work.charge(groupUnits(group) / 2, group.name);
}

/** An answer to the peer's share: both halves. */
export function chargeExchange(work: CostBudget, group: KeyExchangeGroup): void {
  work.charge(groupUnits(group), group.name);
}

/** What this side's own key did: its size is of this side's choice, and how often is bounded by the messages. */
export function recordSignature(work: CostBudget, length: number): void {
  const rsa = length >= 256 ? workUnits.rsaSign2048 * (length / 256) ** 2.7 : 0;
  work.record(Math.max(workUnits.p256Sign, rsa));
}
