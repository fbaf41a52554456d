// What castls reads although DER or a standard forbids it, by name: one table for the code, the documentation (docs/x509.md)
// and whoever asks a certificate for its `deviations`. None of them changes what is signed or what is matched. Those of keys,
// PEM and containers, at the end, are in no list of deviations: nobody signs a file's form.

/** One leniency. */
export interface LeniencyEntry {
  /** What is read. */
  readonly what: string;
  /** What forbids it. */
  readonly rule: string;
  /** Who writes such files. */
  readonly writers: string;
  /** Who else reads them, and who does not. */
  readonly readers: string;
}

export const leniencies = {
  'encoded-default': {
    what: 'a value that is the default is encoded: critical, cA or a flag of a CRL as FALSE, version v1, minimum 0',
    rule: 'X.690 §11.5',
    writers: 'Intel TPMs, eUICCs, TLS inspection boxes, GoDaddy (cA), FreeIPA (requests)',
    readers: 'OpenSSL, Go; webpki (critical, cA); not pyca, not Chrome',
  },
  'empty-list': {
    what:
      'a list without elements where at least one is wanted: extensions, alternative names, key usages, access descriptions, ' +
      'distribution points, policies, qualifiers, mappings, an RDN, CRL entries and their extensions; not subtrees. It counts ' +
      'as a list of nothing: an empty extendedKeyUsage allows no usage, empty alternative names match no name',
    rule: 'RFC 5280 §4.1, §4.2.1, §5.1.2.6',
    writers: 'Mbed TLS (extensions), cameras and printers, test tools',
    readers: 'OpenSSL, Go; pyca most of them; not webpki, not Chrome',
  },
  'null-parameters': {
    what: 'NULL parameters of a signature algorithm that has none (ECDSA, EdDSA)',
    rule: 'RFC 5758 §3.2, RFC 8410 §3',
    writers: 'Mbed TLS, Android Keystore, tpm2-openssl',
    readers: 'OpenSSL, Go, pyca; not webpki, not Chrome',
  },
  'absent-null': {
    what: 'rsaEncryption without its NULL parameters, in public and private keys',
    rule: 'RFC 3279 §2.3.1',
    writers: 'old smart cards and HSMs',
    readers: 'OpenSSL, pyca, NSS; not Go, not webpki, not Chrome',
  },
  'non-ascii-name': {
    what: 'octets outside ASCII in a dNSName, rfc822Name or URI; such a name never matches, and cannot satisfy a constraint',
    rule: 'RFC 5280 §4.2.1.6',
    writers: 'internal CAs that take names as users type them',
    readers: 'OpenSSL, pyca; not Go; webpki and Chrome pass over the name',
  },
  'odd-string': {
    what:
      'octets in an attribute of a name that its string type cannot hold (Latin-1 in a PrintableString or UTF8String); ' +
      'compared octet by octet, shown with escapes',
    rule: 'X.680 §41',
    writers: 'old CAs of governments and universities',
    readers: 'OpenSSL (not in UTF8String), webpki, Chrome; not Go, not pyca',
  },
  'time-without-seconds': {
    what: 'UTCTime without seconds',
    rule: 'RFC 5280 §4.1.2.5.1',
    writers: 'CAs of the 1990s',
    readers: 'OpenSSL, Go; not pyca, not webpki, not Chrome',
  },
  'later-fields': {
    what:
      'fields of a later version: unique identifiers in a version 1 certificate (passed over), entry extensions in a ' +
      'version 1 CRL, the number of another version in a request',
    rule: 'RFC 5280 §4.1.2.8, §5.3, RFC 2986 §4.1',
    writers: 'OpenSSL before 3.0 (requests), scripts',
    readers: 'OpenSSL, Go; pyca certificates only; not Chrome',
  },
  'repeated-policy': {
    what: 'a certificate policy that stands twice; where policies decide, the certificate has none',
    rule: 'RFC 5280 §4.2.1.4',
    writers: 'CAs that merge templates',
    readers: 'OpenSSL, pyca; not Go; Chrome where policies do not decide',
  },
  'odd-crl-entry': {
    what:
      'an extension of a CRL entry that cannot be read, or twice, or a reason without a name (in OCSP responses, too); the ' +
      'certificate is revoked, for no stated reason',
    rule: 'RFC 5280 §5.3',
    writers: 'NSS (reasons), CAs with their own reason codes',
    readers: 'OpenSSL, Go; not pyca; webpki refuses the list',
  },
  'odd-crl-extension': {
    what: 'a CRL number or authority key identifier that cannot be read or is negative; as if it were absent',
    rule: 'RFC 5280 §5.2',
    writers: 'counters that overflowed',
    readers: 'OpenSSL, Go; not pyca',
  },
  'constructed-null': {
    what: 'an OCSP status "unknown" with the bit for constructed; it stays unknown',
    rule: 'RFC 6960 §4.2.1',
    writers: 'own responders',
    readers: 'OpenSSL; not Go, not pyca',
  },
  'any-printable': {
    what: 'any ASCII in a PrintableString ("*", "@", "_")',
    rule: 'X.680 §41.4',
    writers: 'CAs with wildcards or mailboxes in names',
    readers: 'OpenSSL, webpki, Chrome; Go and pyca "*" only',
  },
  'trailing-bits': {
    what: 'named bits with trailing zeros',
    rule: 'X.690 §11.2.2',
    writers: 'two roots of the Mozilla set',
    readers: 'everybody',
  },
  'unjudged-parts': {
    what:
      'a key, a constraint or an algorithm that cannot be used; an extension that cannot be decoded; an extension twice, a ' +
      'signature that is not whole octets, two different signature algorithms, extensions in a certificate of version 1 or ' +
      '2: it is read and shown, and refused in every path that needs it',
    rule: 'RFC 5280 §4',
    writers: 'test suites, broken issuers',
    readers: 'OpenSSL; Go and pyca some of each; not webpki, not Chrome',
  },
  'padded-scalar': {
    what: 'the private scalar of an EC key with one zero octet too many in front, or with its own left out',
    rule: 'RFC 5915 §3',
    writers: 'GnuTLS certtool (half its keys), old Java',
    readers: 'OpenSSL, Go; not pyca (too many)',
  },
  'explicit-key-tag': {
    what: 'the public key in a PKCS#8 key of version 2 under an explicit tag',
    rule: 'RFC 5958 §2',
    writers: 'ring before 0.17',
    readers: 'OpenSSL, ring; not Go, not pyca',
  },
  'pem-form': {
    what:
      'PEM with a byte order mark, in UTF-16, indented, in one line, joined without a line end, with text behind END, with ' +
      'headers of RFC 1421, beside OpenPGP armour; the certificate of a TRUSTED CERTIFICATE (its trust settings, rejections ' +
      'too, are not looked at); line ends behind DER',
    rule: 'RFC 7468 §2, §3',
    writers: 'editors, PowerShell, YAML, cat, OpenSSL (TRUSTED)',
    readers: 'pyca most of it; OpenSSL headers and TRUSTED; Go headers',
  },
  'ber-container': {
    what: 'PKCS#12 and PKCS#7 in BER: indefinite lengths, octet strings in pieces',
    rule: 'RFC 7292 allows it; DER is what is read elsewhere',
    writers: 'NSS, macOS, BouncyCastle',
    readers: 'OpenSSL, NSS, Java; not Go',
  },
} as const satisfies Readonly<Record<string, LeniencyEntry>>;

/** Name of a leniency. */
export type Leniency = keyof typeof leniencies;
