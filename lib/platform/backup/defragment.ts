import type { PlatformConfig } from '../config/platform-config.ts';
import type { Backend, DefragmentedFile } from '../storage/backend.ts';
import { askPlatform } from './ask-platform.ts';

/** Has the platform of this configuration defragment its store, or does it where none runs. Throws OoError and StatusError. */
export async function defragment(
  config: PlatformConfig,
  openStore: () => Promise<Backend>,
): Promise<readonly DefragmentedFile[]> {
  const answer = await askPlatform(config, 'POST', '/store/defragment');
  if (answer !== undefined) {
    const parts: Uint8Array[] = [];
    for await (const part of answer) parts.push(part);
    return (JSON.parse(Buffer.concat(parts).toString('utf8')) as { files: DefragmentedFile[] }).files;
  }
  const backend = await openStore();
  return await backend.defragment().finally(() => backend.close());
}
