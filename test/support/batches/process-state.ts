/** What a test file could leave to the next one in its process. */
export interface ProcessState {
  /** How many there are of each kind of what keeps a process alive: servers, sockets, timers, children. */
  readonly resources: ReadonlyMap<string, number>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly mask: number;
  /** What mocks replace. */
  readonly functions: Readonly<Record<string, unknown>>;
  /** How many listen to each signal. */
  readonly listeners: ReadonlyMap<string, number>;
}

/** Of this process, now. */
export function processState(): ProcessState {
  const signals = process.eventNames().filter((name) => String(name).startsWith('SIG'));
  // Opened when they are first asked for, which is no file's doing.
  const { stdin, stdout, stderr } = process;
  return {
    resources: counted(process.getActiveResourcesInfo()),
    environment: { ...process.env },
    folder: process.cwd(),
    mask: process.umask(),
    functions: {
      Date,
      'Date.now': Date.now,
      'Math.random': Math.random,
      'performance.now': performance.now,
      'process.exit': process.exit,
      'process.getuid': process.getuid,
      'process.kill': process.kill,
      'process.stderr.write': stderr.write,
      'process.stdin': stdin,
      'process.stdout.write': stdout.write,
      fetch,
      setImmediate,
      setInterval,
      setTimeout,
    },
    listeners: new Map(signals.map((name) => [String(name), process.listenerCount(name)])),
  };
}

/** What is there after a test file that was not there before it, each in words. Empty: another file may follow. */
export function leftovers(before: ProcessState, after: ProcessState): string[] {
  const variables = Object.keys({ ...before.environment, ...after.environment });
  return [
    ...more('open', before.resources, after.resources),
    ...more('listening to', before.listeners, after.listeners),
    ...variables.filter((name) => before.environment[name] !== after.environment[name]).map((name) => `environment: ${name}`),
    ...(before.folder === after.folder ? [] : [`working folder: ${after.folder}`]),
    ...(before.mask === after.mask ? [] : [`umask: ${after.mask.toString(8)}`]),
    ...Object.keys(before.functions)
      .filter((name) => before.functions[name] !== after.functions[name])
      .map((name) => `replaced: ${name}`),
  ];
}

/** More of a kind than there were: `open: 2 TCPSocketWrap`. */
function more(what: string, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .map(([name, count]) => ({ name, count: count - (before.get(name) ?? 0) }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${what}: ${count} ${name}`);
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
