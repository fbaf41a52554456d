// What the settings of a Redis mean for what it is to remember. Evictions are noticed by the register's script anyway: each
// costs one window of early data. Here is the advice that saves them.

/**
 * @param info answer of INFO memory
 * @returns what to change; null if nothing
 */
export function settingsAdvice(info: string): string | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const maximum = Number(field('maxmemory') ?? 0);
  const policy = field('maxmemory_policy');
  if (maximum === 0 || policy === undefined || policy === 'noeviction') return null;
  return `maxmemory-policy is ${policy}: with noeviction no ticket that brought early data is forgotten early`;
}
