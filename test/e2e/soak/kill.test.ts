import { killScenario } from '../../support/kill-scenario.ts';

await killScenario({ rounds: Number(process.env['OO_KILLS'] ?? 50) });
