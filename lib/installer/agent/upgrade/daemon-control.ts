import type { CallContext } from '../call-context.ts';
import type { CallParams } from '../call-schemas.ts';
import { logHandlers } from '../handlers/log-handlers.ts';
import { serviceHandlers } from '../handlers/service-handlers.ts';
import { unitHandlers } from '../handlers/unit-handlers.ts';

/** The daemon, whoever keeps it running: systemd or our supervisor. */
export interface DaemonControl {
  /** Starts it with the program and the files that are in place now. Rejects when it cannot even be started. */
  restart(): Promise<void>;
  /** How often it was started again after it had ended by itself. */
  restarts(): Promise<number>;
  lastLines(count: number): Promise<string[]>;
}

/** The daemon as its unit or our supervisor runs it. */
export function daemonControl(daemon: CallParams<'upgrade.run'>['daemon'], context: CallContext): DaemonControl {
  const tail = async (log: { unit: string } | { file: string }, lines: number): Promise<string[]> =>
    (await logHandlers['log.tail']({ ...log, lines }, context)).lines;
  if ('unit' in daemon) {
    const name = daemon.unit;
    return {
      restart: async () => void (await unitHandlers['unit.start']({ name, restart: true, enable: true }, context)),
      restarts: async () => (await unitHandlers['unit.state']({ name }, context)).restarts,
      lastLines: (count) => tail({ unit: name }, count),
    };
  }
  const { service } = daemon;
  return {
    restart: async () => void (await serviceHandlers['service.start']({ ...service, restart: true }, context)),
    restarts: async () => {
      const { services } = await serviceHandlers['service.list']({}, context);
      return services.find(({ name }) => name === service.name)?.restarts ?? 0;
    },
    lastLines: (count) => tail({ file: service.log }, count),
  };
}
