// UTCTime and GeneralizedTime as RFC 5280 §4.1.2.5 allows them: UTC, with seconds, no fractions.

import { type DerReader, malformed, tags } from './der.ts';

/**
 * Reads a Time and returns milliseconds since the epoch. UTCTime years are 1950-2049.
 * @throws ERR_MALFORMED_DER for another form or a date that does not exist
 */
export function readTime(der: DerReader): number {
  const tag = der.peek();
  if (tag === tags.GENERALIZED_TIME) return readGeneralizedTime(der);
  const end = der.header(tags.UTC_TIME);
  const year = digits(der, 2);
  return rest(der, end, year < 50 ? 2000 + year : 1900 + year, true);
}

/** Reads a GeneralizedTime, as OCSP and invalidityDate use it. */
export function readGeneralizedTime(der: DerReader, tag: number = tags.GENERALIZED_TIME): number {
  const end = der.header(tag);
  return rest(der, end, digits(der, 4));
}

function rest(der: DerReader, end: number, year: number, utc = false): number {
  const start = der.at;
  const month = digits(der, 2);
  const day = digits(der, 2);
  const hour = digits(der, 2);
  const minute = digits(der, 2);
  const minuteEnd = der.at;
  const withoutSeconds = utc && minuteEnd === end - 1 && der.bytes[minuteEnd] === 0x5a;
  if (withoutSeconds) der.deviate('time-without-seconds', minuteEnd, 'a time without seconds');
  const second = withoutSeconds ? 0 : digits(der, 2);
  if (der.at !== end - 1 || der.bytes[der.at] !== 0x5a) malformed(der.at, 'a time that does not end in seconds and Z');
  der.at = end;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) {
    malformed(start, 'a date or time that does not exist');
  }
  // Days since the epoch in the proleptic Gregorian calendar, years counted from March.
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayNumber = 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719468;
  return (((dayNumber * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

function digits(der: DerReader, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const digit = der.at < der.end ? der.bytes[der.at] - 0x30 : -1;
    if (digit < 0 || digit > 9) malformed(der.at, 'a time with something else than digits');
    value = value * 10 + digit;
    der.at++;
  }
  return value;
}
