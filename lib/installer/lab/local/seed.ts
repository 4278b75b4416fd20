import { type TarEntry, writeTar } from '../../artifacts/tar-writer.ts';

const folder = 'var/lib/cloud/seed/nocloud';

/**
 * The seed of cloud-init's data source NoCloud, as an archive for the root folder. It is in the container and nowhere else, so that it goes with
 * it. Another instance id has cloud-init begin anew: it is that of the host, so a restart is no new instance.
 */
export function seedArchive(host: { readonly name: string; readonly instance: string; readonly userData: string }): Buffer {
  const file = (name: string, content: string): TarEntry => ({
    path: `${folder}/${name}`,
    type: 'file',
    mode: 0o600,
    mtime: 0,
    content: Buffer.from(content),
  });
  const parents = folder.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  return writeTar([
    // Modes of folders that are there already stay theirs: these are what Debian gives them.
    ...parents.map((path): TarEntry => ({ path, type: 'directory', mode: 0o755, mtime: 0 })),
    file('meta-data', `${JSON.stringify({ 'instance-id': host.instance, 'local-hostname': host.name })}\n`),
    file('user-data', host.userData),
  ]);
}
