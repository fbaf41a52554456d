// The message representative mu = H(tr || M') (FIPS 204 Algorithm 7, line 6), absorbed piece by piece. All public.

import {
  SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze,
} from '../shared/hash/keccak';
import { publicKeyLength } from './parameters';
import { hash } from './keys';
import { messageSponge, mu } from './scratch';

/** Starts mu with tr, 64 bytes. */
export function mldsaMessageStart(tr: usize): void {
  keccakInit(messageSponge, SHAKE256_RATE);
  keccakAbsorb(messageSponge, tr, 64);
}

/** Starts mu with tr = H(pk). */
export function mldsaMessageStartWithKey(set: i32, pk: usize): void {
  hash(pk, publicKeyLength(set), mu, 64);
  mldsaMessageStart(mu);
}

/** The next `length` bytes of M'. */
export function mldsaMessageAbsorb(data: usize, length: usize): void {
  keccakAbsorb(messageSponge, data, length);
}

/** Ends the message: mldsaSign or mldsaVerify follows. */
export function mldsaMessageFinish(): void {
  keccakFinish(messageSponge, SHAKE_SUFFIX);
  keccakSqueeze(messageSponge, mu, 64);
}

/** Where mu stands, for a caller who has it from elsewhere (FIPS 204 §6.2, "external mu"). */
export function mldsaMessagePointer(): usize {
  return mu;
}
