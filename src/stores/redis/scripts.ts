// What Redis does in one step. Each script is sent by its hash, and as a whole where Redis does not know it.

import { createHash } from 'node:crypto';
import type { RedisConnection } from './connection.ts';

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** Runs a script. @param keys all in one slot of a cluster */
export async function run(
  redis: RedisConnection,
  { text, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await redis.command(keys[0], ['EVALSHA', sha1, ...rest]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return await redis.command(keys[0], ['EVAL', text, ...rest]);
  }
}

/**
 * The register: claims an id, and proves that it remembers all that were claimed within the window before.
 *
 * KEYS: the epoch; the id (absent: a touch, which says only that the fleet is there).
 * ARGV: freshness; when the early data was sent; how many replicas have to be there. Milliseconds.
 * Answer: outcome, time by this Redis, run id.
 *
 * The epoch says which process remembers since when: "run since last freshness evicted replicas". It begins anew, and all is
 * refused for one window, when
 *   - there is none (Redis is new, or was flushed),
 *   - it is of another process: restarted, or another primary, which may lack what the last one took,
 *   - keys were evicted since,
 *   - somebody has a larger freshness than ids were kept for,
 *   - the clock went back: ids that are forgotten would be fresh again,
 *   - nobody asked for four seconds: another primary may have been chosen in the meantime, while this one was paused,
 *   - a replica went, or says nothing: it may be the primary now, for others.
 * `last` is the latest time that is known, replicated with the rest: a new primary whose clock is behind waits until it has
 * caught up with the last one's, too. The window is twice the freshness, in which a copy of what another one took may be
 * fresh, and four seconds, in which that one notices that it is not the primary any more.
 */
export const claimScript: Script = script(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local evicted = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
local replicas = 0
for lag in string.gmatch(redis.call('INFO', 'replication'), 'state=online,offset=%d+,lag=(%d+)') do
  if tonumber(lag) <= 2 then replicas = replicas + 1 end
end
local freshness, sent = tonumber(ARGV[1]), tonumber(ARGV[2])
local since, last, kept, before = 0, 0, freshness, 0
local known = false
local record = redis.call('GET', KEYS[1])
if record then
  local r, s, l, f, e, o = string.match(record, '^(%x+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
  if r then
    since, last, kept, before = tonumber(s), tonumber(l), math.max(freshness, tonumber(f)), tonumber(o)
    known = r == run and e == evicted and freshness <= tonumber(f) and replicas >= before
      and now >= last - 500 and now - last <= 4000
  end
end
if known then now = math.max(now, last) else since = math.max(now, last + 1000) + 2 * kept + 4000 end
if not known or now - last >= 250 or replicas > before then
  local f = '%s %.0f %.0f %.0f %s %d'
  redis.call('SET', KEYS[1], string.format(f, run, since, math.max(now, last), kept, evicted, replicas))
end
local outcome = 'touched'
if KEYS[2] then
  if now < since then outcome = 'warming'
  elseif math.abs(now - sent) > freshness then outcome = 'stale'
  elseif replicas < tonumber(ARGV[3]) then outcome = 'unavailable'
  else
    local keep = string.format('%.0f', sent + kept + 1000 - now)
    if redis.call('SET', KEYS[2], '1', 'NX', 'PX', keep) then outcome = 'accepted' else outcome = 'replay' end
  end
end
return {outcome, now, run}
`);

/** Puts a value in the place of the one that is known, and tells all. KEYS: it. ARGV: old ('' for none), new, PX, channel. */
export const replaceScript: Script = script(`
local now = redis.call('GET', KEYS[1])
if (now or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[4], '1')
return 1
`);

/** Takes or keeps the lead. KEYS: the lock. ARGV: who, PX. */
export const leadScript: Script = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);
