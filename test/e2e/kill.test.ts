import { killScenario } from '../support/kill-scenario.ts';

// A few kills at every run of the tests; test/e2e/soak/kill.test.ts does fifty, in a virtual machine too.
await killScenario({ rounds: Number(process.env['OO_KILLS'] ?? 4) });
