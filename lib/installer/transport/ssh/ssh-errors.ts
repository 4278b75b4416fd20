import { defineErrors } from '../../../common/errors.ts';

/** Every way in which a server refuses to be reached over SSH, each told apart. `host` is what a person calls the server or the hop. */
export const sshErrors = defineErrors({
  SSH_HOST_NOT_FOUND: {
    failure: 'connection',
    message: (host: string, name: string) => `${host}: the name ${name} is not known to any name server`,
    hint: () => 'check how it is written, and HostName in ~/.ssh/config',
  },
  SSH_LOOKUP_FAILED: {
    failure: 'connection',
    message: (host: string, name: string, why: string) => `${host}: the name ${name} could not be looked up: ${why}`,
    hint: () => 'check the name servers of this machine',
  },
  SSH_REFUSED: {
    failure: 'connection',
    message: (host: string, address: string) => `${host}: nothing listens on ${address}`,
    hint: () => 'is sshd running there, and is this its port? The server may be rebooting: run the same command again',
  },
  SSH_TIMEOUT: {
    failure: 'connection',
    message: (host: string, address: string, seconds: number) => `${host}: ${address} did not answer within ${seconds} s`,
    hint: () => 'a firewall may drop the packets, or the server is down; ConnectTimeout in ~/.ssh/config allows more time',
  },
  SSH_UNREACHABLE: {
    failure: 'connection',
    message: (host: string, address: string, why: string) => `${host}: there is no way to ${address}: ${why}`,
    hint: () => 'check the network of this machine, a VPN, or ProxyJump in ~/.ssh/config',
  },
  SSH_NOT_SPOKEN: {
    failure: 'connection',
    message: (host: string, address: string, why: string) => `${host}: what answers on ${address} does not speak SSH: ${why}`,
    hint: () => 'check the port',
  },
  SSH_NO_AGREEMENT: {
    failure: 'connection',
    message: (host: string, why: string) => `${host}: the server and this program share no algorithm: ${why}`,
    hint: () =>
      'the sshd there is very old, or restricted: allow aes128-gcm or aes128-ctr, curve25519 or ecdh, and ed25519 or rsa-sha2',
  },
  SSH_JUMP_REFUSED: {
    failure: 'connection',
    message: (hop: string, address: string, why: string) => `${hop} does not lead on to ${address}: ${why}`,
    hint: () => 'the jump host must reach it, and its sshd must allow forwarding (AllowTcpForwarding)',
  },
  SSH_AUTHENTICATION_REFUSED: {
    failure: 'connection',
    message: (host: string, user: string, tried: string, offered: string) =>
      `${host}: user ${user} was not let in; tried ${tried || 'nothing'}; the server takes ${offered || 'nothing'}`,
    hint: () => 'check the user name, --identity, ssh-add -l, and what `ssh` itself says: the same keys and settings are used',
  },
  SSH_TOO_MANY_FAILURES: {
    failure: 'connection',
    message: (host: string, tried: string) => `${host}: too many authentication failures for the server; tried ${tried}`,
    hint: () => 'name the key: IdentityFile and IdentitiesOnly yes in ~/.ssh/config, or --identity',
  },
  SSH_PASSPHRASE_WRONG: {
    failure: 'connection',
    message: (file: string) => `the passphrase given for ${file} is wrong`,
    hint: () => 'run the same command again, or add the key to an agent: ssh-add',
  },
  SSH_PASSPHRASE_NEEDED: {
    failure: 'connection',
    message: (file: string) => `the key ${file} needs a passphrase, and nobody is here to give it`,
    hint: () => 'add the key to an agent: ssh-add',
  },
  SSH_KEY_UNREADABLE: {
    failure: 'connection',
    message: (file: string, why: string) => `the key ${file} cannot be used: ${why}`,
    hint: () => 'check it with ssh-keygen -y -f FILE',
  },
  SSH_KEY_EXPOSED: {
    failure: 'connection',
    message: (file: string, mode: string) => `the key ${file} has mode ${mode}: others can read it, so it is not used`,
    hint: () => 'chmod 600 it, and think of replacing it',
  },
  SSH_PASSWORD_EXPIRED: {
    failure: 'connection',
    message: (host: string, user: string) => `${host}: the password of ${user} has expired and must be changed first`,
    hint: () => 'log in once with ssh and change it',
  },
  SSH_CONNECTION_LOST: {
    failure: 'connection',
    message: (host: string, why: string) => `${host}: the connection was lost: ${why}`,
    hint: () => 'run the same command again: it goes on where it stopped',
  },
  SSH_SCRIPT_SILENT: {
    failure: 'connection',
    message: (host: string, seconds: number) => `${host}: the server let us in, and gave no answer in ${seconds} s`,
    hint: () => 'look whether it is overloaded, or a disk or a network mount of it hangs (df, docker info)',
  },
  SSH_DID_NOT_WAIT: {
    failure: 'connection',
    message: (host: string) => `${host}: the server hung up while a question was waiting for its answer`,
    hint: () =>
      'run the same command again and answer sooner, or give the answer with a flag; LoginGraceTime of its sshd is how long it waits',
  },
  SSH_NO_SESSION: {
    failure: 'connection',
    message: (host: string, why: string) => `${host}: the server opens no session: ${why}`,
    hint: () => 'MaxSessions of its sshd must be 1 or more, and the user must be allowed to run commands',
  },
  SSH_COMMAND_REFUSED: {
    failure: 'connection',
    message: (host: string, user: string) => `${host}: the server refuses to run commands for ${user}`,
    hint: () => 'log in as a user with a login shell; sshd may restrict this one to file transfer (ForceCommand, Subsystem)',
  },
  SSH_SHELL_UNFIT: {
    failure: 'connection',
    message: (host: string, user: string, output: string) =>
      `${host}: the login of ${user} does not run /bin/sh; it printed: ${output || 'nothing'}`,
    hint: () => 'log in as a user whose login shell runs commands (no nologin, no rbash, no forced command)',
  },
  SUDO_MISSING: {
    failure: 'preflight',
    message: (host: string, user: string, instead: string) =>
      `${host}: ${user} is not root, and sudo is not installed${instead === '' ? '' : ` (${instead} is, but it takes no password without a terminal)`}`,
    hint: () => 'log in as root, or install sudo and allow this user to use it',
  },
  SUDO_UNASKED: {
    failure: 'connection',
    message: (host: string, user: string) => `${host} asks for a sudo password of ${user} that nothing needs: it was not given`,
    hint: () => 'look at that server: its login or its sshd does what oo-install did not ask for',
  },
  SUDO_NOT_ALLOWED: {
    failure: 'preflight',
    message: (host: string, user: string, says: string) => `${host}: ${user} may not become root: ${says}`,
    hint: () => 'log in as root, or allow this user to use sudo (/etc/sudoers.d)',
  },
  SUDO_NEEDS_TERMINAL: {
    failure: 'preflight',
    message: (host: string, user: string) => `${host}: sudo wants a terminal of ${user} (requiretty)`,
    hint: (_host: string, user: string) => `add "Defaults:${user} !requiretty" to the server's sudoers`,
  },
  SUDO_PASSWORD_WRONG: {
    failure: 'connection',
    message: (host: string, user: string, times: number) =>
      `${host}: the sudo password of ${user} is wrong${times > 1 ? ` (${times} times)` : ''}`,
    hint: () => 'run the same command again with the password that sudo takes on that server',
  },
  SUDO_PASSWORD_NEEDED: {
    failure: 'connection',
    message: (host: string, user: string) => `${host}: sudo wants the password of ${user}, and nobody is here to give it`,
    hint: () => 'run it on a terminal, give the password by file, or allow NOPASSWD in sudoers',
  },
  SUDO_SILENT: {
    failure: 'connection',
    message: (host: string, seconds: number, says: string) =>
      `${host}: sudo neither asked for a password nor became root within ${seconds} s; it said: ${says || 'nothing'}`,
    hint: () => 'its PAM settings may ask for something else than a password: allow NOPASSWD in sudoers, or log in as root',
  },
  PLACE_FAILED: {
    failure: 'connection',
    message: (host: string, what: string, why: string) => `${host}: ${what} could not be put in place: ${why}`,
    hint: () => 'check the room below /opt on the server, then run the same command again',
  },
  PLACE_CORRUPT: {
    failure: 'connection',
    message: (host: string, what: string, expected: string, actual: string) =>
      `${host}: ${what} arrived corrupt twice: sha256 ${actual}, not ${expected}`,
    hint: () => 'nothing of it was used; check the disk and the memory of the server',
  },
  SECRET_FILE_EXPOSED: {
    failure: 'usage',
    message: (file: string, mode: string) => `${file} has mode ${mode}: others can read the password in it`,
    hint: () => 'chmod 600 it',
  },
  SECRET_FILE_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${file} cannot be read as a password file: ${why}`,
    hint: () => 'it must be a file with mode 600 that holds the password in its first line',
  },
});
