// One private operation of an RSA key, in steps: at once, or in slices with other work between. What it holds stands in a
// slot of its own, which is wiped however it ends.

import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { TlsError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import type { Awaitable } from '../crypto/secret.ts';
import { Slot, type WasmCore } from './core.ts';

/** Windows between two looks at the clock: 0.4 ms of a key of 8,192 bits, 30 us of one of 2,048. */
const WINDOWS = 8;
/** More than any power has. */
const ALL = 0xffff;

/** A key as the operation uses it: its slot, which may be gone at the next step, and its sizes. */
export interface RsaKeySlot {
  readonly core: WasmCore;
  readonly abi: RsaPrivateExports;
  readonly slot: Slot;
  readonly bits: number;
}

/**
 * data^d mod n. @param data as long as the modulus @param blinding as many random bytes, wiped
 * @param read takes the result at an address, behind which as many bytes are scratch; all of it is wiped afterwards
 * @param pace with one the answer is a Promise if it took longer than a slice
 * @throws ERR_INVALID_ARGUMENT for a number that is not below the modulus, ERR_FAULT_DETECTED, ERR_OUT_OF_MEMORY;
 * ERR_STALE_HANDLE if the key was disposed of meanwhile; what `pace` throws
 */
export function rsaPrivatePower<T>(
  key: RsaKeySlot,
  data: Uint8Array,
  blinding: Uint8Array,
  read: (at: number) => T,
  pace?: Pace,
): Awaitable<T> {
  const job = begin(key, data, blinding);
  let later = false;
  try {
    while (step(key, job, pace === undefined ? ALL : WINDOWS)) {
      if (!pace?.due) continue;
      later = true;
      return goOn(key, job, data.length, read, pace);
    }
    return finish(key, job, data.length, read);
  } finally {
    if (!later) job.dispose();
  }
}

async function goOn<T>(key: RsaKeySlot, job: Slot, length: number, read: (at: number) => T, pace: Pace): Promise<T> {
  try {
    do {
      if (pace.due) await pace.turn();
    } while (step(key, job, WINDOWS));
    return finish(key, job, length, read);
  } finally {
    job.dispose();
  }
}

function begin({ core, abi, slot, bits }: RsaKeySlot, data: Uint8Array, blinding: Uint8Array): Slot {
  const { length } = data;
  const job = new Slot(core, core.allocate(abi.rsaPrivateJobLength(bits)));
  try {
    const outcome = core.withExchange(2 * length, at => {
      core.bytes.set(data, at);
      core.bytes.set(blinding, at + length);
      blinding.fill(0);
      return abi.rsaPrivateBegin(slot.pointer(), job.pointer(), at, at + length);
    });
    if (outcome !== 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'the number is not below the modulus');
    return job;
  } catch (error) {
    job.dispose();
    throw error;
  }
}

/** @returns true if there is more to do */
function step({ abi, slot }: RsaKeySlot, job: Slot, windows: number): boolean {
  return abi.rsaPrivateStep(slot.pointer(), job.pointer(), windows) !== 0;
}

function finish<T>({ core, abi, slot }: RsaKeySlot, job: Slot, length: number, read: (at: number) => T): T {
  return core.withExchange(2 * length, at => {
    if (abi.rsaPrivateFinish(slot.pointer(), job.pointer(), at) !== 0) {
      throw new TlsError('ERR_FAULT_DETECTED', 'an RSA private operation gave a wrong result');
    }
    return read(at);
  });
}
