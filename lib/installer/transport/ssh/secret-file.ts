import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { errorText, OoError } from '../../../common/errors.ts';
import { registerSecret } from '../../../common/secrets.ts';
import { sshErrors } from './ssh-errors.ts';

let standardInput: Promise<string> | undefined;

/**
 * The password in the first line of a file, or of standard input for `-`. A file that others can read is refused, as OpenSSH does with
 * keys.
 */
export async function readSecretFile(path: string): Promise<string> {
  const content = path === '-' ? await (standardInput ??= text(process.stdin)) : await readPrivate(path);
  const [password = ''] = content.split(/\r?\n/);
  if (password === '') throw sshErrors.SECRET_FILE_UNREADABLE(path, 'its first line is empty');
  registerSecret(password);
  return password;
}

async function readPrivate(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    // Of the file that is open, not of whatever the path leads to a moment later.
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0) throw sshErrors.SECRET_FILE_EXPOSED(path, (mode & 0o777).toString(8).padStart(4, '0'));
    if (size > 4096) throw sshErrors.SECRET_FILE_UNREADABLE(path, `it has ${size} bytes`);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof OoError) throw error;
    throw sshErrors.SECRET_FILE_UNREADABLE(path, errorText(error));
  }
}
