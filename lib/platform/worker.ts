import { parentPort, workerData } from 'node:worker_threads';
import type { RoleData } from '../common/worker-entry.ts';

/** Entry of the daemon's worker threads. Each role loads only its own code. */
const { role, data } = workerData as RoleData;
switch (role) {
  case 'store': {
    const { runStoreWorker } = await import('./storage/sqlite/store-worker.ts');
    runStoreWorker(data as Parameters<typeof runStoreWorker>[0], parentPort!);
    break;
  }
  case 'node': {
    const { runNodeThread } = await import('./node/node.ts');
    await runNodeThread(data as Parameters<typeof runNodeThread>[0], parentPort!);
    break;
  }
  case 'passwords': {
    const { runPasswordThread } = await import('./oauth/passwords/password-thread.ts');
    runPasswordThread(parentPort!);
    break;
  }
  case 'yaml': {
    const { runYamlThread } = await import('./apiserver/http/yaml-thread.ts');
    runYamlThread(parentPort!);
    break;
  }
}
