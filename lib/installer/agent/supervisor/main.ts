/** Entry of the supervisor's process: `supervisor.mjs RUN_DIR`. */
import { runSupervisor } from './supervisor.ts';

await runSupervisor(process.argv[2] ?? '/run/oo-install');
process.exit(0);
