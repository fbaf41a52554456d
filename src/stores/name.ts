// What a fleet is called where several share a Redis or a program.

import { rule, withDefault } from '../base/options.ts';

/** Default "castls". */
export const fleetName = withDefault(
  rule<string>('1-64 letters, digits, "-", "_", "." or ":"', value => {
    return typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value);
  }),
  'castls',
);
