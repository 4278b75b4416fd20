import type { Phase } from './define-phase.ts';
import { configureDocker } from './configure-docker.ts';
import { installDocker } from './install-docker.ts';
import { installNetwork } from './install-network.ts';
import { installRuntime } from './install-runtime.ts';
import { loadImages } from './load-images.ts';
import { loadPlatformImages } from './load-platform-images.ts';
import { prepareKernel } from './prepare-kernel.ts';
import { startDocker } from './start-docker.ts';
import { startPlatform } from './start-platform.ts';
import { upgradePlatform } from './upgrade-platform.ts';
import { verifyPlatform } from './verify-platform.ts';
import { waitForHost } from './wait-for-host.ts';
import { writeConfig } from './write-config.ts';

/** The installation, in its order. Undoing goes by the journal, newest first, so the order is written down only here. */
export const phases: readonly Phase[] = [
  waitForHost,
  installRuntime,
  installDocker,
  configureDocker,
  startDocker,
  installNetwork,
  prepareKernel,
  loadImages,
  writeConfig,
  upgradePlatform,
  startPlatform,
  loadPlatformImages,
  verifyPlatform,
];
