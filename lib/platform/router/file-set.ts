import { createHash } from 'node:crypto';
import { FILES_DIR, MOUNT } from './router-settings.ts';

/** Files that a configuration names. Each is called by what it says, so that a process which reads the one before never meets another text. */
export class FileSet {
  /** By name. */
  readonly texts = new Map<string, string>();

  /** The file's path as HAProxy sees it. */
  add(text: string, extension: string): string {
    const name = `${createHash('sha256').update(text).digest('hex').slice(0, 40)}.${extension}`;
    this.texts.set(name, text);
    return `${MOUNT}/${FILES_DIR}/${name}`;
  }
}
