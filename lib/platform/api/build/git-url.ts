/** What is cloned from: everything else that git could make of a text is refused (gitprotocol helpers run programs). */
const SCHEMES = new Set(['http:', 'https:', 'git:', 'ssh:', 'git+ssh:', 'ssh+git:']);
/** `git@github.com:owner/repository.git`; a colon in a path would be a name of a drive or a helper (`ext::`). */
const SCP_LIKE = /^(?:[\w.+-]+@)?[A-Za-z0-9][\w.-]*:(?![:/\\])[^\s\0]+$/;
const REF = /^[A-Za-z0-9][\w./+@{}=-]*$/;

/** Why this is no URL to clone from; undefined: it is one. */
export function gitUrlProblem(uri: string): string | undefined {
  if (/[\s\0-\x1f]/.test(uri) || uri.startsWith('-') || uri.includes('::')) return 'uri is not a valid url';
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(uri))
    return SCP_LIKE.test(uri) ? undefined : 'uri is not a valid url, give one with https://, http://, git:// or ssh://';
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url !== undefined && !SCHEMES.has(url.protocol))
    return `uri is not a valid url, ${JSON.stringify(url.protocol.slice(0, -1))} is not one of https, http, git, ssh`;
  return url === undefined || url.hostname === '' || url.hostname.startsWith('-') ? 'uri is not a valid url' : undefined;
}

/** A branch, a tag or a commit, and nothing that git could take for an option or for more than one. */
export const isGitRef = (ref: string): boolean =>
  ref.length <= 255 && REF.test(ref) && !ref.includes('..') && !ref.endsWith('.lock');
