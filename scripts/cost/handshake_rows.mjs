// The messages of a stranger: each row brings a connection into the state in which the message is read, and makes the
// message, of about `n` bytes where it can be of any length.

import { afterRows } from './handshake/after_rows.mjs';
import { clientRows } from './handshake/client_rows.mjs';
import { clientHellos, shareRows } from './handshake/hello_rows.mjs';
import { otherRows } from './handshake/other_rows.mjs';
import { resumptionRows } from './handshake/resumption_rows.mjs';
import { rsaRows } from './handshake/rsa_rows.mjs';
import { serverRows } from './handshake/server_rows.mjs';

/** Groups that a server has only by a dangerous option. */
const dear = ['ffdhe4096', 'ffdhe6144', 'ffdhe8192'];

/** @param {object} castls @param {object} x509 their public APIs @param {object} tickets TicketKeys */
export async function handshakeRows(castls, x509, tickets) {
  const groups = castls.defaultProvider().groups.map(({ name }) => ({ name, dangerous: dear.includes(name) }));
  const hellos = clientHellos.map(({ options, ...row }) => ({
    ...row,
    options: typeof options === 'function' ? options(tickets) : options,
  }));
  return [
    ...hellos,
    ...shareRows(groups),
    ...serverRows(castls),
    ...clientRows,
    ...resumptionRows,
    ...afterRows,
    ...rsaRows,
    ...(await otherRows(castls, x509, tickets)),
  ];
}
