import { resolve } from 'node:path';
import { Argument, Command, CommanderError, Option } from 'commander';
import { createLog, type Log } from '../common/log.ts';
import { addAppCommand, type AppHost } from './apps/app-command.ts';
import { completionScript, type Shell, SHELLS } from './completion-script.ts';
import { dataPaths } from './config/data-paths.ts';
import { configErrors } from './config/errors.ts';
import { loadConfig } from './config/load-config.ts';
import type { PlatformConfig, PlatformConfigInput } from './config/platform-config.ts';
import { judgeConfiguredFiles, readEtcdTls } from './configured-files.ts';
import { defragment } from './backup/defragment.ts';
import { describeBackup } from './backup/describe-backup.ts';
import { judgeDataFolder, restoreBackup } from './backup/restore-backup.ts';
import { takeBackup } from './backup/take-backup.ts';
import { cleanUpNode } from './node/cleanup.ts';
import { runKubecfg } from './kubecfg/command.ts';
import { openStoredBytes } from './open-store.ts';
import { rotateSecretsKey } from './pki/secrets-keys.ts';
import { rotateServiceAccountKey } from './pki/service-account-keys.ts';
import { startPlatform, type PlatformParts } from './start.ts';
import { judgeStore } from './storage/sqlite/judge-store.ts';
import { PLATFORM_VERSION } from './version.ts';

/** What the command line needs from its process, so that nothing here ends it or listens to it directly. */
export interface CommandHost extends AppHost {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}

interface StartFlags {
  config?: string;
  dataDir?: string;
  listen?: string;
  nodeName?: string;
  advertiseAddress?: string;
  kubeconfig?: string;
  etcd?: string;
  etcdCa?: string;
  etcdCert?: string;
  etcdKey?: string;
  logLevel?: PlatformConfig['logLevel'];
}

/** Runs `openshift ARGS...`. Resolves with the exit code when the command has ended; throws OoError. */
export async function runOpenshift(args: readonly string[], host: CommandHost): Promise<number> {
  // Its flags are not of the kind that Command reads.
  if (args[0] === 'kubecfg' || args[0] === 'kube') return runKubecfg(args.slice(1), host);
  const program = new Command('openshift')
    .description('Kubernetes and OpenShift on one machine, on Docker')
    .version(PLATFORM_VERSION, '--version')
    .addHelpText(
      'after',
      '\nExamples:\n  openshift app create shop -t nodejs\n  openshift app list\n  openshift start --config /etc/openshift/config.yaml\n  eval "$(openshift completion bash)"',
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.write(text) });

  const start = program
    .command('start')
    .description('run the platform: API, store, controllers and this machine as its node')
    .addHelpText(
      'after',
      '\nExamples:\n  openshift start\n  openshift start --config /etc/openshift/config.yaml\n  openshift start master --listen 127.0.0.1:8443',
    );
  withFlags(start).action((flags: StartFlags) => run(flags, { master: true, node: true }, host));
  withFlags(
    start.command('master').description('run the API, the store and the controllers; pods stay Pending without a node'),
  ).action((_own: StartFlags, command: Command) =>
    run(command.optsWithGlobals<StartFlags>(), { master: true, node: false }, host),
  );
  withFlags(start.command('node').description('run only the node: kubelet, proxy and DNS, against an API elsewhere')).action(
    (_own: StartFlags, command: Command) => run(command.optsWithGlobals<StartFlags>(), { master: false, node: true }, host),
  );

  withFlags(
    program
      .command('check')
      .description('judge the configuration and the store, and change nothing: whether this version can take over here'),
  ).action(async (flags: StartFlags) => {
    const config = await configFrom(flags);
    await judgeConfiguredFiles(config);
    await judgeDataFolder(config.dataDir);
    if (config.etcd === undefined) await judgeStore(dataPaths(config.dataDir).store);
    else await (await import('./storage/etcd/judge-etcd.ts')).judgeEtcd({ ...config.etcd, tls: await readEtcdTls(config) });
    host.write(`openshift ${PLATFORM_VERSION} can run with this configuration and this store\n`);
  });

  withFlags(
    program
      .command('backup')
      .argument('<file>', 'a file that is not there yet; it gets mode 0600')
      .option('--with-keys', "take the certificates' and secrets' keys along: guard the file as you guard them")
      .description('write the whole store into one file, while the platform runs or not (docs/backup.md)'),
  ).action(async (file: string, { withKeys = false, ...flags }: StartFlags & { withKeys?: boolean }) => {
    const config = await configFrom(flags);
    const report = await takeBackup({
      config,
      file: resolve(file),
      withKeys,
      openStore: () => openStoredBytes(config, () => undefined),
      platform: PLATFORM_VERSION,
    });
    host.write(describeBackup(report, file, withKeys));
  });

  withFlags(
    program
      .command('restore')
      .argument('<file>', 'what "openshift backup" has written')
      .description('put a backup into an empty data folder, or an empty etcd (docs/backup.md)'),
  ).action(async (file: string, flags: StartFlags) => {
    const config = await configFrom(flags);
    const { keys, taken, files, newest } = await restoreBackup({
      config,
      file: resolve(file),
      etcdTls: await readEtcdTls(config),
    });
    const rest =
      files === 0 ? 'it held no keys: certificates are made anew at the start' : `with ${files} files of keys and certificates`;
    host.write(`restored ${keys} keys as they were on ${taken}, ${rest}; revisions go on from ${newest}\n`);
  });

  withFlags(
    program.command('defrag').description('give the room of what is gone back to the disk, while the platform runs or not'),
  ).action(async (flags: StartFlags) => {
    const config = await configFrom(flags);
    for (const { of, before, after } of await defragment(config, () => openStoredBytes(config, () => undefined)))
      host.write(`${of}: ${before} bytes before, ${after} after\n`);
  });

  const rotate = program.command('rotate').description('replace a key; what the old one made stays good');
  withFlags(
    rotate
      .command('service-account-key')
      .description('sign service-account tokens with a new key from the next start on; tokens that are out stay good'),
  ).action(async (flags: StartFlags) => {
    const config = await configFrom(flags);
    const retired = await rotateServiceAccountKey(dataPaths(config.dataDir).pki);
    host.write(`the old key is kept for verification in ${retired}; restart the daemon to sign with the new one\n`);
  });

  withFlags(
    rotate
      .command('secrets-key')
      .description(
        'encrypt the secrets in the store under a new key from the next start on (secretsKeyFile of the configuration)',
      ),
  ).action(async (flags: StartFlags) => {
    const { secretsKeyFile } = await configFrom(flags);
    if (secretsKeyFile === undefined) throw configErrors.SECRETS_KEY_FILE_UNSET();
    const others = await rotateSecretsKey(secretsKeyFile);
    host.write(
      `restart the daemon to encrypt every secret under the new key; then ${others.join(', ')} in ${secretsKeyFile} are needed for older backups of the store alone\n`,
    );
  });

  addAppCommand(program, host);
  program.command('kubecfg').alias('kube').description('the client of 2014 (docs/kubecfg.md)');

  const node = program.command('node').description('this machine as a node');
  withFlags(
    node.command('cleanup').description("remove the pods' containers, network rules, bridge and mounts from this machine"),
  ).action(async (flags: StartFlags) => {
    const config = await configFrom(flags);
    await cleanUpNode(config, logFor(config));
  });

  program
    .command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => host.write(completionScript(program, shell)));
  program
    .command('version')
    .description('print the version')
    .action(() => host.write(`openshift ${PLATFORM_VERSION}\n`));

  tellMore(program, 'openshift');
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

/** Whoever mistypes a command is told where it is explained. */
function tellMore(command: Command, name: string): void {
  command.showHelpAfterError(`(${name} --help tells more)`);
  for (const each of command.commands) tellMore(each, `${name} ${each.name()}`);
}

function withFlags(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (docs/configuration.md)')
    .option('--data-dir <folder>', 'where the store, certificates and node state are kept')
    .option('--listen <address:port>', 'where the API listens')
    .option('--node-name <name>', "name of this machine's Node object")
    .option('--advertise-address <address>', 'address at which others reach this machine')
    .option('--kubeconfig <file>', 'how the node reaches the API')
    .option(
      '--etcd <urls>',
      'keep the store in this etcd: https://HOST:PORT of each member, with commas in between (docs/etcd.md)',
    )
    .option('--etcd-ca <file>', "the authority of the members' certificates")
    .option('--etcd-cert <file>', 'the certificate that the members are shown')
    .option('--etcd-key <file>', 'its private key')
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error', 'silent']));
}

async function run(flags: StartFlags, parts: PlatformParts, host: CommandHost): Promise<void> {
  const config = await configFrom(flags);
  const log = logFor(config);
  const platform = await startPlatform(config, parts, log);
  await Promise.race([aborted(host.signal), platform.failed]).finally(() => platform.stop());
}

/** Asked to end while it was starting, it ends too: the event was before anybody listened. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function configFrom(flags: StartFlags): Promise<PlatformConfig> {
  const { config: file, etcd: urls, etcdCa, etcdCert, etcdKey, ...overrides } = flags;
  const etcd = {
    ...(urls !== undefined && { endpoints: urls.split(',') }),
    ...(etcdCa !== undefined && { caFile: resolve(etcdCa) }),
    ...(etcdCert !== undefined && { certFile: resolve(etcdCert) }),
    ...(etcdKey !== undefined && { keyFile: resolve(etcdKey) }),
  };
  // What is not there may be in the file.
  const given = Object.keys(etcd).length === 0 ? {} : { etcd: etcd as NonNullable<PlatformConfigInput['etcd']> };
  return loadConfig(file, { ...overrides, ...given } satisfies PlatformConfigInput);
}

const logFor = (config: PlatformConfig): Log => createLog({ name: 'openshift', level: config.logLevel });
