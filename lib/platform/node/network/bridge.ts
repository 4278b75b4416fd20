import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** Deletes the pods' bridge, which the bridge plugin makes with the first pod and nobody else removes. Absent is fine. */
export async function removeBridge(name: string): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  await promisify(execFile)('ip', ['link', 'delete', name, 'type', 'bridge']);
}
