import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const about = /^Acquire::(https?|ftp|socks|retries|forceipv[46]|languages|check-|allowinsecure|proxy)/i;

/** This machine's options of apt about the network, none about packages: `Acquire::http::Proxy "...";`. None where there is no apt. */
export async function networkOptions(): Promise<string[]> {
  const { stdout } = await run('apt-config', ['dump']).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((line) => about.test(line) && !line.endsWith(' "";'));
}
