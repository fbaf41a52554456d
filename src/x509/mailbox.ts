// Mailboxes (RFC 5321 §4.1.2, RFC 6531 §3.3) and the hosts of URIs (RFC 3986 §3.2), as names and name constraints have them.

import { isDnsName, lowerAscii } from './server_identity.ts';

/** A mailbox in one form whatever it was written as: the local part without quotes, the host in lower case. */
export interface Mailbox {
  readonly local: string;
  readonly host: string;
}

const atom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const quoted = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
/** The same with UTF-8 (RFC 6531 §3.3): everything outside ASCII but controls. */
const utf8Atom =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~\u{a0}-\u{10ffff}-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\u{a0}-\u{10ffff}-]+)*$/iu;
const utf8Quoted = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u{a0}-\u{10ffff}]|\\[\x20-\x7e])*"$/u;

/**
 * Local part, "@" and a host name, which has A-labels (RFC 9598 §3); undefined for all else.
 * @param internationalized a SmtpUTF8Mailbox, whose local part may hold more than ASCII
 */
export function splitMailbox(mailbox: string, internationalized = false): Mailbox | undefined {
  const at = mailbox.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = mailbox.slice(0, at);
  const host = lowerAscii(mailbox.slice(at + 1));
  if (!isDnsName(host)) return undefined;
  if ((internationalized ? utf8Atom : atom).test(local)) return { local, host };
  if (!(internationalized ? utf8Quoted : quoted).test(local)) return undefined;
  // RFC 5321 §4.1.2: quotes and backslashes are a way to write, not a part of what is written.
  return { local: local.slice(1, -1).replace(/\\(.)/gsu, '$1'), host };
}

/** userinfo, host and port: nothing of what programs read in different ways ("\" as "/", a second "@", white space). */
const authority = /^(?:[\w.~%!$&'()*+,;=:-]*@)?([a-z0-9._-]+)(?::[0-9]*)?$/i;

/** The host name of a URI in lower case; undefined for a URI without one, with an address, or with an odd authority. */
export function uriHost(uri: string): string | undefined {
  const found = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1];
  const host = found === undefined ? undefined : authority.exec(found)?.[1];
  // A name of four numbers is no DNS name, so addresses are out.
  return host !== undefined && isDnsName(host) ? lowerAscii(host) : undefined;
}
