// castls ca: a small CA in a directory that remembers what it issued and revoked, and answers for it.

import type { Command } from 'commander';
import {
  answerOcsp,
  initialize,
  issue,
  listIssued,
  needsRenewal,
  renew,
  revoke,
  sign,
  writeCrl,
} from './ca_commands.ts';
import { addCopyFlag, addKeyFlags, addOutputFlags, runWith, wholeNumber } from './cert.ts';
import { addAuthorityFlags, addContentFlags, LEAF_DAYS } from './cert_content.ts';
import { fail } from './failure.ts';
import { PASSPHRASE_FORMS } from './passphrase.ts';

export function registerCa(program: Command): void {
  const ca = program.command('ca').description('a small CA in a directory: it remembers what it issued and revoked');
  const init = ca.command('init').description('makes the directory, the key and the certificate of a CA');
  addAuthorityFlags(
    addContentFlags(init.argument('<dir>', 'a directory, which need not be there'), 3650, false),
    wholeNumber,
  );
  addKeyFlags(init)
    .option('--subject <name>', 'such as "CN=My CA,O=Example"', 'CN=castls CA')
    .option('--json', 'a summary as JSON')
    .action(runWith(initialize));

  const make = ca.command('issue').description('a certificate with a new key');
  addAuthorityFlags(
    addContentFlags(withCa(make).argument('[name...]', 'as of "cert issue"'), LEAF_DAYS, true),
    wholeNumber,
  );
  addOutputFlags(addKeyFlags(make), true)
    .option('--subject <name>', 'default "CN=" and the first name')
    .action(withTwo(issue));

  const request = ca.command('sign').description('a certificate for a request; says what of the request it takes over');
  addAuthorityFlags(
    addContentFlags(withCa(request).argument('<csr>', 'file with the request'), LEAF_DAYS, true),
    wholeNumber,
  );
  addOutputFlags(addCopyFlag(request), true)
    .option('--subject <name>', 'instead of what the request says')
    .action(withTwo(sign));

  addOutputFlags(
    withCa(ca.command('renew').description('the same names and rights for another time, for the same key'))
      .argument('<what>', 'certificate file, serial number or name')
      .option('--days <n>', 'how long it is valid; default as long as the old one'),
  ).action(withTwo(renew));

  withCa(ca.command('revoke').description('revokes a certificate; the next list and the next answer say so'), false)
    .argument('<what>', 'certificate file, serial number or name')
    .option('--reason <name>', 'such as keyCompromise, superseded, cessationOfOperation', 'unspecified')
    .action(withTwo(revoke));

  addOutputFlags(
    withCa(ca.command('crl').description('a list of all that is revoked, with the next number'))
      .option('--days <n>', 'until the next list', '7')
      .option('--der', 'without PEM around it'),
  ).action(runWith(writeCrl));

  addOutputFlags(
    withCa(ca.command('ocsp').description('an answer to an OCSP request, or about one certificate to staple'))
      .argument('<what>', 'OCSP request (DER); or certificate file, serial number or name')
      .option('--days <n>', 'how long the answer is valid', '7'),
  ).action(withTwo(answerOcsp));

  withCa(ca.command('list').description('what was issued'), false)
    .option('--json', 'as JSON')
    .action(runWith(listIssued));
  withCa(
    ca
      .command('needs-renewal')
      .description(
        'what ends soon and was not renewed. Ends with 0 if there is any, with 3 if not, with 1 if that cannot be said',
      ),
    false,
  )
    .option('--days <n>', 'before the end', '30')
    .option('--json', 'as JSON')
    .action(runWith(needsRenewal));
}

function withCa(command: Command, signs = true): Command {
  command.argument('<dir>', 'the directory of the CA');
  if (signs) command.option('--ca-passphrase <form>', `of the key of the CA: ${PASSPHRASE_FORMS}`);
  return command;
}

function withTwo<A, B, F>(work: (a: A, b: B, flags: F) => Promise<void>): (a: A, b: B, flags: F) => void {
  return (a, b, flags) => void work(a, b, flags).catch(fail);
}
