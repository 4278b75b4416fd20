import { connect } from 'node:net';

/** What became of a reload: `absent` when no HAProxy is there to be told. */
export type Reloaded =
  { readonly outcome: 'loaded' } | { readonly outcome: 'absent' } | { readonly outcome: 'refused'; readonly why: string };

const TIMEOUT = 30_000;

/**
 * Has HAProxy's master load its configuration (management guide: master CLI, `reload`): new workers take over the listening sockets, the old
 * ones finish what they have begun. Resolves when that is decided; a refused configuration changes nothing.
 */
export async function reload(path: string): Promise<Reloaded> {
  let answer: string;
  try {
    answer = await ask(path, 'reload');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { outcome: 'absent' };
    throw error;
  }
  if (/^Success=1$/m.test(answer)) return { outcome: 'loaded' };
  return { outcome: 'refused', why: reasonOf(answer) };
}

/** The first line that HAProxy marks as an error, without its time. */
const reasonOf = (answer: string): string =>
  /\[ALERT\][^:]*: (.*)$/m.exec(answer)?.[1]?.slice(0, 300) ?? 'HAProxy does not say why';

function ask(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8').setTimeout(TIMEOUT, () => socket.destroy(new Error('HAProxy does not answer')));
    socket.once('connect', () => socket.write(`${command}\n`));
    socket.on('data', (text) => (answer += text));
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}
