// Attribute types of distinguished names (X.520, RFC 4519, RFC 2985, RFC 4514 §3) by the names that people and OpenSSL have
// for them.

/** The name each type is written with: those of RFC 4514 §3, and the ones everybody knows besides. */
export const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.20': 'telephoneNumber',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.45': 'x500UniqueIdentifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '1.2.840.113549.1.9.8': 'unstructuredAddress',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
};

/** Further spellings: OpenSSL's and X.520's long names, and Microsoft's short ones. */
const otherNames: Readonly<Record<string, string>> = {
  commonName: 'CN',
  surname: 'SN',
  countryName: 'C',
  localityName: 'L',
  stateOrProvinceName: 'ST',
  S: 'ST',
  SP: 'ST',
  streetAddress: 'STREET',
  organizationName: 'O',
  organizationalUnitName: 'OU',
  T: 'title',
  givenName: 'GN',
  G: 'GN',
  I: 'initials',
  userId: 'UID',
  domainComponent: 'DC',
  E: 'emailAddress',
  email: 'emailAddress',
  jurisdictionLocalityName: 'jurisdictionL',
  jurisdictionStateOrProvinceName: 'jurisdictionST',
  jurisdictionCountryName: 'jurisdictionC',
};

let typesByName: ReadonlyMap<string, string> | undefined;

/**
 * The dotted identifier of an attribute type, by any name that is known ("CN", "commonName"; case does not matter), or as
 * identifier already ("2.5.4.3", "OID.2.5.4.3"). Undefined for what is neither.
 */
export function attributeTypeOf(name: string): string | undefined {
  typesByName ??= namesToTypes();
  const key = name.toLowerCase();
  return typesByName.get(key) ?? /^(?:oid\.)?([0-2](?:\.\d+)+)$/.exec(key)?.[1];
}

function namesToTypes(): ReadonlyMap<string, string> {
  const types = new Map(Object.entries(shortNames).map(([type, name]) => [name.toLowerCase(), type]));
  for (const [name, short] of Object.entries(otherNames)) {
    types.set(name.toLowerCase(), types.get(short.toLowerCase())!);
  }
  return types;
}
