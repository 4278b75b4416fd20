import { defineErrors } from '../../common/errors.ts';

const newAuthority = 'a new authority is made, and every kubeconfig handed out so far stops working';

/** What can be wrong with the keys and certificates of a data folder. */
export const pkiErrors = defineErrors({
  PKI_FILE_UNREADABLE: {
    failure: 'platform',
    message: (path: string, found: string) => `cannot read a ${found} from ${path}`,
    hint: (path: string) => `restore ${path} from a backup, or move it away and start again to have a new one made`,
  },
  PKI_AUTHORITY_UNREADABLE: {
    failure: 'platform',
    message: (path: string, found: string) => `cannot read the authority's ${found} from ${path}`,
    hint: (path: string) => `restore ${path} from a backup; or move the whole folder away and start again: ${newAuthority}`,
  },
  PKI_AUTHORITY_KEY_MISSING: {
    failure: 'platform',
    message: (certPath: string, keyPath: string) => `${certPath} is there, but its key ${keyPath} is not`,
    hint: (certPath: string, keyPath: string) =>
      `restore ${keyPath} from a backup; or move ${certPath} away too and start again: ${newAuthority}`,
  },
  PKI_AUTHORITY_MISMATCH: {
    failure: 'platform',
    message: (certPath: string, keyPath: string) => `the key ${keyPath} does not belong to the certificate ${certPath}`,
    hint: (certPath: string, keyPath: string) =>
      `restore the pair from one backup; or move both ${certPath} and ${keyPath} away and start again: ${newAuthority}`,
  },
  PKI_NOT_AN_AUTHORITY: {
    failure: 'platform',
    message: (path: string) => `${path} is a certificate that may not sign others`,
    hint: (path: string) =>
      `put a CA certificate (basicConstraints CA:TRUE) at ${path}, or move it and its key away and start again`,
  },
  PKI_AUTHORITY_EXPIRED: {
    failure: 'platform',
    message: (path: string, notAfter: string) => `the authority ${path} expired on ${notAfter}`,
    hint: (path: string) => `correct this machine's clock if it is wrong; otherwise replace ${path} and its key by a new pair`,
  },
  PKI_KEY_KIND: {
    failure: 'platform',
    message: (path: string, kind: string) => `${path} holds a key of the kind ${kind}; only ECDSA on P-256 is supported`,
    hint: (path: string) => `put a P-256 key at ${path}, or move it and its certificate away and start again`,
  },
  SECRETS_KEY_INVALID: {
    failure: 'usage',
    message: (path: string, line: number) => `${path}, line ${line}: not a name of its own and 32 bytes in base64`,
    hint: (path: string) => `restore ${path} from a backup; without its keys the secrets in the store cannot be read`,
  },
  PKI_INVALID_NAME: {
    failure: 'usage',
    message: (what: string, value: string) => `${what} ${JSON.stringify(value)} cannot stand in a certificate`,
  },
  KUBECONFIG_INVALID: {
    failure: 'usage',
    message: (path: string, why: string) => `${path} is not a kubeconfig that can be used: ${why}`,
    hint: (path: string) =>
      `give one with a server, a certificate-authority and a client certificate or token; the daemon's own comes anew with its next start when ${path} is removed`,
  },
});
