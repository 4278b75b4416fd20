import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';

export interface SshServerOptions {
  /** Methods that let a user in; all of them together where `together` is set. @default the key `userKey` */
  readonly password?: string;
  readonly keys?: readonly ParsedKey[];
  /** Questions and the answers that they want. */
  readonly questions?: readonly (readonly [question: string, answer: string])[];
  readonly together?: boolean;
  /** Refusals after which the server hangs up, as MaxAuthTries does. */
  readonly maxTries?: number;
  /** Session channels at a time on one connection. */
  readonly maxSessions?: number;
  /** Text before the login (Banner). */
  readonly banner?: string;
  readonly refuseExec?: boolean;
  readonly allowForwarding?: boolean;
  /** The user's login shell as an argument array: the command is appended. @default sh -c */
  readonly loginShell?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
}

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  /** Every command that a login shell was given. */
  readonly commands: readonly string[];
  /** Methods that were tried, in order. */
  readonly tried: readonly string[];
  /** Connections that were let in so far. */
  readonly logins: number;
  /** Most sessions that were open at once on one connection. */
  readonly mostSessions: number;
  /** Cuts every connection off. */
  cut(): void;
}

/** A key pair as ssh-keygen makes them; its private half is encrypted where there is a passphrase. */
export function newKey(passphrase?: string): { private: string; public: string; parsed: ParsedKey } {
  const locked = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 1 };
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'test', ...locked });
    // ssh2 writes a few of its own keys in a way that nobody can read.
    const parsed: ParsedKey | Error = ssh2.utils.parseKey(pair.private, passphrase);
    const isReadable = !((ssh2.utils.parseKey(pair.public) as ParsedKey | Error) instanceof Error);
    if (!(parsed instanceof Error) && isReadable) return { ...pair, parsed };
  }
}

const noKey = newKey();

/** An SSH server in this process, which runs commands by this machine's own shells. */
export async function startSshServer(options: SshServerOptions, hostKey = noKey.private): Promise<SshServer> {
  const state = { commands: [] as string[], tried: [] as string[], logins: 0, mostSessions: 0 };
  const connections = new Set<Connection>();
  const children = new Set<ChildProcess>();
  const server = new ssh2.Server({ hostKeys: [hostKey], ...(options.banner === undefined ? {} : { banner: options.banner }) });
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => undefined);
    authenticate(connection, options, state.tried);
    connection.on('ready', () => {
      state.logins++;
      let sessions = 0;
      connection.on('session', (accept, reject) => {
        if (sessions >= (options.maxSessions ?? 10)) return reject();
        state.mostSessions = Math.max(state.mostSessions, ++sessions);
        const session = accept();
        session.on('exec', (acceptExec, rejectExec, { command }) => {
          state.commands.push(command);
          if (options.refuseExec === true) {
            sessions--;
            return rejectExec();
          }
          const [program = 'sh', ...args] = [...(options.loginShell ?? ['sh', '-c']), command];
          const child = spawn(program, args, { env: { PATH: process.env['PATH'], ...options.env } });
          children.add(child);
          join(child, acceptExec());
          child.on('close', () => {
            children.delete(child);
            sessions--;
          });
        });
      });
      connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
        if (options.allowForwarding !== true) return reject();
        const onward = spawn(process.execPath, ['-e', relay, destIP, String(destPort)]);
        children.add(onward);
        onward.once('spawn', () => joinPlain(onward, accept()));
      });
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const connection of connections) (connection as unknown as { _sock: { destroy(): void } })._sock.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get commands() {
      return state.commands;
    },
    get tried() {
      return state.tried;
    },
    get logins() {
      return state.logins;
    },
    get mostSessions() {
      return state.mostSessions;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      cut();
      server.close();
    },
  };
}

/** Standard input and output of another process to a TCP port: what a jump host does. */
const relay = `const s = require('net').connect(+process.argv[2], process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout);
s.on('error', () => process.exit(1)); s.on('close', () => process.exit(0));`;

function authenticate(connection: Connection, options: SshServerOptions, tried: string[]): void {
  const { password, keys, questions, together } = options;
  const all = [
    ...(keys === undefined ? [] : ['publickey' as const]),
    ...(questions === undefined ? [] : ['keyboard-interactive' as const]),
    ...(password === undefined ? [] : ['password' as const]),
  ];
  let left = [...all];
  let refusals = 0;
  const refuse = (context: AuthContext) => {
    if (context.method !== 'none' && ++refusals >= (options.maxTries ?? 20)) return hangUp(connection);
    context.reject(left);
  };
  const pass = (context: AuthContext) => {
    left = left.filter((method) => method !== context.method);
    if (together === true && left.length > 0) context.reject(left, true);
    else context.accept();
  };
  connection.on('authentication', (context) => {
    tried.push(context.method);
    if (context.method === 'password' && context.password === password) return pass(context);
    if (context.method === 'publickey') {
      const known = keys?.find((key) => key.getPublicSSH().equals(context.key.data));
      if (known === undefined) return refuse(context);
      if (context.signature === undefined) return context.accept();
      return known.verify(context.blob!, context.signature, context.hashAlgo) ? pass(context) : refuse(context);
    }
    if (context.method === 'keyboard-interactive' && questions !== undefined) {
      return context.prompt(
        questions.map(([prompt]) => ({ prompt, echo: false })),
        (answers) => (questions.every(([, answer], at) => answers[at] === answer) ? pass(context) : refuse(context)),
      );
    }
    refuse(context);
  });
}

/** As sshd does: RFC 4253's disconnect message with a text, which ssh2's own has not. */
function hangUp(connection: Connection): void {
  const text = Buffer.from('Too many authentication failures');
  const { _protocol: protocol, _sock: socket } = connection as unknown as {
    _protocol: {
      _packetRW: { write: { allocStart: number; alloc(n: number): Buffer; finalize(p: Buffer): Buffer } };
      _cipher: { encrypt(p: Buffer): void };
    };
    _sock: { end(): void };
  };
  const { write } = protocol._packetRW;
  const packet = write.alloc(13 + text.length);
  let at = write.allocStart;
  packet[at++] = 1;
  at = packet.writeUInt32BE(2, at);
  at = packet.writeUInt32BE(text.length, at);
  text.copy(packet, at);
  packet.writeUInt32BE(0, at + text.length);
  protocol._cipher.encrypt(write.finalize(packet));
  socket.end();
}

function join(child: ChildProcess, channel: ServerChannel): void {
  channel.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  channel.pipe(child.stdin!);
  child.stdout!.pipe(channel, { end: false });
  child.stderr!.pipe(channel.stderr, { end: false });
  child.on('error', () => channel.close());
  child.on('close', (code, signal) => {
    if (signal === null) channel.exit(code ?? 1);
    else channel.exit(signal.replace(/^SIG/, ''), false, '');
    channel.end();
    channel.close();
  });
}

function joinPlain(child: ChildProcess, channel: ServerChannel): void {
  channel.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  channel.pipe(child.stdin!);
  child.stdout!.pipe(channel);
}
