// ProtocolVersion values (RFC 9846 §4.1, §D; RFC 6101 for SSL 3.0).

/** ProtocolVersion. */
export const ProtocolVersion = {
  SSLv3: 0x0300,
  TLSv1: 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
} as const;

/** Name in the spelling of node:tls and OpenSSL. */
export type ProtocolVersionName = keyof typeof ProtocolVersion;

/** Name of a version, or its value in hex. */
export function versionName(version: number): ProtocolVersionName | string {
  for (const [name, value] of Object.entries(ProtocolVersion)) if (value === version) return name;
  return `0x${version.toString(16).padStart(4, '0')}`;
}

/** Columns of the alert table: the versions whose alerts follow the same rules. */
export type VersionFamily = '1.3' | '1.2' | 'ssl3.0';

export function familyOf(version: number): VersionFamily {
  if (version >= ProtocolVersion['TLSv1.3']) return '1.3';
  return version > ProtocolVersion.SSLv3 ? '1.2' : 'ssl3.0';
}
