import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../common/assets.ts';

/** Our own version, from package.json, which the bundle carries too. */
export const PLATFORM_VERSION: string = (
  JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
).version;
