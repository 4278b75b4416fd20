import { compare, formatComparison } from './harness.ts';
import { plainServer, platformStart } from './start/contenders.ts';

/**
 * From exec to the first good answer over TLS, and the memory held a moment later: our daemon (store, API, controllers and
 * node, from the bundle that servers run) against the least that Node can do, an HTTPS server that answers `ok`. First on an
 * empty data folder, where certificates are made too, then on one that is there already, as after a reboot.
 */
for (const [title, fresh] of [
  ['first start, nothing on disk', true],
  ['start again on the same data', false],
] as const) {
  await using platform = await platformStart({ fresh });
  await using floor = await plainServer();
  const result = await compare({ title, contenders: [floor, platform] });
  process.stdout.write(`${formatComparison(result)}\n\n`);
}
