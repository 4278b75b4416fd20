import { reap } from './platform.ts';
import { releaseDeadSlots } from './platform-slot.ts';

// Run after a stage: `node --test --test-force-exit` ends its process while the teardown of a shared platform is still at work.
await releaseDeadSlots(reap);
