// Certificates to trust, and others to build paths with, from files: what cannot be read is named on stderr and left out.

import { type Certificate, oddCertificateText, parseTrustList, placeText, TlsError } from '../x509.ts';
import { readInput } from './files.ts';

/**
 * All certificates of a file that can be read.
 * @throws ERR_INVALID_ARGUMENT naming the file if there is none
 */
export function readTrustFile(file: string): readonly Certificate[] {
  const { certificates, places, odd } = parseTrustList(readInput(file));
  if (certificates.length === 0) {
    const why = odd.length > 0 ? `: ${odd[0].error.message}` : '';
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds no certificate that can be read${why}`);
  }
  for (const each of odd) process.stderr.write(`castls: ${oddCertificateText(file, each)}\n`);
  certificates.forEach(({ deviations }, i) => {
    if (deviations.length === 0) return;
    const how = `is read, though it is not as it should be (${deviations.join(', ')}; see docs/x509.md)`;
    process.stderr.write(`castls: ${file}: ${placeText(places[i])} ${how}\n`);
  });
  return certificates;
}

/** An error of something in a file, with its place. */
export function inFile(file: string, place: string, error: TlsError): TlsError {
  return new TlsError(error.code, `${file}: ${place}: ${error.message}`, { cause: error });
}

/**
 * A chain: its certificate has to be read, those behind it may be odd.
 * @throws the fault of the first with its file, number and line
 */
export function readChain(file: string): readonly Certificate[] {
  const [first] = parseTrustList(readInput(file)).odd;
  if (first?.number === 1) throw inFile(file, placeText(first), first.error);
  return readTrustFile(file);
}

/** The same as DER, for the options of castls/node. */
export function trustOption(file: string): Uint8Array[] {
  return readTrustFile(file).map(({ der }) => der);
}
