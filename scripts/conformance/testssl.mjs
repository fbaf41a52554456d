// testssl.sh: findings by severity, and each that is neither OK nor information.

import { table } from './table.mjs';

const ORDER = ['OK', 'INFO', 'WARN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'];

/** @param {{castls: string, version: string, date: string, groups: string, severities: Record<string, number>, bad: {id: string, severity: string, finding: string, reason?: string}[]}} run */
export function testssl({ castls, version, date, groups, severities, bad }) {
  return [
    `castls ${castls}, testssl.sh ${version}, ${date}. It finds the groups ${groups}; other groups it does not know.`,
    '',
    table(
      ORDER.map(severity => `${severity}:`),
      [ORDER.map(severity => severities[severity] ?? 0)],
    ),
    '',
    table(
      ['severity', 'finding', 'it says', 'reason'],
      bad.map(({ id, severity, finding, reason }) => [
        severity,
        id.replace(/[<>]/g, ''),
        finding,
        reason ?? '**open**',
      ]),
    ),
  ].join('\n');
}
