// Requests: the forms of arguments of https.request, as http's ClientRequest takes them.

import { urlToHttpOptions } from 'node:url';
import { type Http, http } from './http.ts';

const Request = http.ClientRequest as unknown as new (options: object, ...more: unknown[]) => Http.ClientRequest;

/** @param agent of requests that name none; its protocol and port are the default */
export function requestBy(agent: object, given: readonly unknown[]): Http.ClientRequest {
  const rest = [...given];
  const options: Record<string, unknown> = {};
  if (typeof rest[0] === 'string') Object.assign(options, urlToHttpOptions(new URL(rest.shift() as string)));
  else if (rest[0] instanceof URL) Object.assign(options, urlToHttpOptions(rest.shift() as URL));
  if (rest[0] && typeof rest[0] !== 'function') Object.assign(options, rest.shift());
  options['_defaultAgent'] = agent;
  return new Request(options, ...rest);
}
