// Names of password-based encryption that castls refuses by default: an error that only shows an identifier helps nobody.

const names: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.5.1': 'pbeWithMD2AndDES-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.5.3': 'pbeWithMD5AndDES-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.5.4': 'pbeWithMD2AndRC2-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.5.6': 'pbeWithMD5AndRC2-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.5.10': 'pbeWithSHA1AndDES-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.5.11': 'pbeWithSHA1AndRC2-CBC (PBES1, RFC 8018 §A.3)',
  '1.2.840.113549.1.12.1.1': 'pbeWithSHAAnd128BitRC4 (RFC 7292 appendix C)',
  '1.2.840.113549.1.12.1.2': 'pbeWithSHAAnd40BitRC4 (RFC 7292 appendix C)',
  '1.2.840.113549.1.12.1.3': 'pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C)',
  '1.2.840.113549.1.12.1.4': 'pbeWithSHAAnd2-KeyTripleDES-CBC (RFC 7292 appendix C)',
  '1.2.840.113549.1.12.1.5': 'pbeWithSHAAnd128BitRC2-CBC (RFC 7292 appendix C)',
  '1.2.840.113549.1.12.1.6': 'pbeWithSHAAnd40BitRC2-CBC (RFC 7292 appendix C)',
  '1.2.840.113549.3.2': 'RC2-CBC (RFC 8018 §B.2.3)',
  '1.2.840.113549.3.7': 'DES-EDE3-CBC (triple DES, RFC 8018 §B.2.2)',
  '1.2.840.113549.3.9': 'RC5-CBC (RFC 8018 §B.2.4)',
  '1.3.14.3.2.7': 'DES-CBC (RFC 8018 §B.2.1)',
};

/** What people call an old encryption; undefined for other identifiers. */
export function oldEncryptionName(oid: string): string | undefined {
  return names[oid];
}
