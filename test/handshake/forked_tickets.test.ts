// A process that was copied - a virtual machine started twice from one snapshot, fork() - draws the same random bytes in both
// copies. Tickets and sealed sessions have a salt that their content decides, too: no key seals two contents.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { testCore } from '../support/core.ts';
import { randomFrom } from '../support/random.ts';

const provider = fullProvider(testCore());
const NAME_LENGTH = 16;
const SALT_LENGTH = 32;

/** The state of a server from one snapshot: whatever it draws from now on, every copy draws too. */
function copyOfState(): TicketKeys {
  const random = randomFrom(5);
  return new TicketKeys({ provider, now: () => 1e12, random: target => target.set(random.bytes(target.length)) });
}

const saltOf = (ticket: Uint8Array) => ticket.subarray(NAME_LENGTH, NAME_LENGTH + SALT_LENGTH);
const sealedOf = (ticket: Uint8Array) => ticket.subarray(NAME_LENGTH + SALT_LENGTH);

test('two copies of a state seal two contents under two salts and two keys, equal ones to equal tickets', () => {
  const [one, other] = [copyOfState(), copyOfState()];
  const states = [1, 2, 3, 4].map(n => randomFrom(n).bytes(n < 3 ? 120 : 70_00));
  const first = states.map(state => one.seal(state)!);
  assert.equal(
    states.map(state => other.seal(state)!),
    first,
    'the copies draw the same',
  );
  // The same draw again, another content: what a second copy would seal.
  const third = copyOfState();
  const forked = states.map(state => third.seal(state.map(byte => byte ^ 1))!);
  for (const [i, ticket] of forked.entries()) {
    assert.equal(ticket.subarray(0, NAME_LENGTH), first[i].subarray(0, NAME_LENGTH), 'the same ticket key');
    assert.not.equal(saltOf(ticket), saltOf(first[i]));
    assert.equal(
      one.open(ticket),
      states[i].map(byte => byte ^ 1),
    );
    // Under one key and nonce the two ciphertexts would differ where the contents do: in the lowest bit of each byte.
    const difference = sealedOf(ticket).map((byte, at) => byte ^ sealedOf(first[i])[at]);
    assert.ok(difference.subarray(9, 100).some(byte => byte > 1));
  }
  for (const keys of [one, other, third]) keys.dispose();
});

test('a source that repeats itself gives no salt twice to two contents', () => {
  const block = randomFrom(6).bytes(48);
  const keys = new TicketKeys({ provider, random: target => target.set(block.subarray(0, target.length)) });
  const salts = new Set<string>();
  for (let n = 0; n < 50; n++) salts.add(Buffer.from(saltOf(keys.seal(Uint8Array.of(n, 1, 2))!)).toString('hex'));
  assert.is(salts.size, 50);
  keys.dispose();
});

test('sessions in the memory of a server are sealed in the same way', () => {
  const block = randomFrom(7).bytes(48);
  const sealed: Uint8Array[] = [];
  const keys = new TicketKeys({ provider, random: target => target.set(block.subarray(0, target.length)) });
  const seal = keys.seal.bind(keys);
  keys.seal = state => {
    const ticket = seal(state);
    if (ticket !== null) sealed.push(ticket);
    return ticket;
  };
  const cache = new ServerSessionCache({ keys, random: provider.random });
  for (let n = 0; n < 4; n++) cache.store(new Uint8Array(32).fill(n), Uint8Array.of(n, 9));
  assert.is(new Set(sealed.map(ticket => Buffer.from(saltOf(ticket)).toString('hex'))).size, 4);
  keys.dispose();
});

test.run();
