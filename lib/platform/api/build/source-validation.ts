import { posix } from 'node:path';
import type { StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import type { BuildSource, GitSource, ImageSource } from './build-types.ts';
import { gitUrlProblem, isGitRef } from './git-url.ts';
import { validateFrom } from './image-reference-validation.ts';

const LONGEST_DOCKERFILE = 60_000;

/** Leads out of the folder that it is taken from. */
export function leavesFolder(path: string): boolean {
  const clean = posix.normalize(path);
  return path.includes('\0') || clean === '..' || clean.startsWith('../');
}

/** Where the files come from (openshift-apiserver, build validation.go validateSource). */
export function validateSource(source: BuildSource, path: string): StatusCause[] {
  const { git, binary, dockerfile, images = [], contextDir, sourceSecret, secrets = [], configMaps = [] } = source;
  const causes: StatusCause[] = [];
  if (git !== undefined && binary !== undefined)
    causes.push(invalid(`${path}.git`, '', 'may not be set when binary is also set'));
  if (git !== undefined) causes.push(...validateGit(git, `${path}.git`));
  if (binary?.asFile !== undefined && !isFileName(binary.asFile))
    causes.push(fileNameCause(`${path}.binary.asFile`, binary.asFile));
  if (dockerfile !== undefined && Buffer.byteLength(dockerfile) > LONGEST_DOCKERFILE)
    causes.push(invalid(`${path}.dockerfile`, '', `must be smaller than ${LONGEST_DOCKERFILE} bytes`));
  if (contextDir !== undefined && leavesFolder(contextDir))
    causes.push(invalid(`${path}.contextDir`, contextDir, 'context dir must not be a relative path'));
  causes.push(...requireName(sourceSecret, `${path}.sourceSecret`));
  images.forEach((image, i) => causes.push(...validateImage(image, `${path}.images[${i}]`)));
  secrets.forEach(({ secret, destinationDir }, i) => {
    causes.push(...requireName(secret ?? {}, `${path}.secrets[${i}].secret`));
    causes.push(...validateDestination(destinationDir, `${path}.secrets[${i}].destinationDir`));
  });
  configMaps.forEach(({ configMap, destinationDir }, i) => {
    causes.push(...requireName(configMap ?? {}, `${path}.configMaps[${i}].configMap`));
    causes.push(...validateDestination(destinationDir, `${path}.configMaps[${i}].destinationDir`));
  });
  return causes;
}

/** One file, named as it may be named anywhere. */
export const isFileName = (name: string): boolean =>
  name === '' || (name !== '.' && name !== '..' && name.length <= 255 && /^[A-Za-z0-9._][A-Za-z0-9._-]*$/.test(name));

/** What is said of a name that would lead elsewhere. */
export const fileNameCause = (path: string, name: string): StatusCause =>
  invalid(path, name, 'file name may not contain slashes or relative path segments and must be a valid POSIX filename');

function validateGit({ uri = '', ref, httpProxy, httpsProxy }: Partial<GitSource>, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const problem = uri === '' ? undefined : gitUrlProblem(uri);
  if (uri === '') causes.push(required(`${path}.uri`));
  else if (problem !== undefined) causes.push(invalid(`${path}.uri`, uri, problem));
  if (ref !== undefined && ref !== '' && !isGitRef(ref))
    causes.push(invalid(`${path}.ref`, ref, 'must be the name of a branch or a tag, or a commit'));
  for (const [name, proxy] of Object.entries({ httpProxy, httpsProxy }))
    if (proxy !== undefined && !/^https?:\/\/[^\s]+$/.test(proxy))
      causes.push(invalid(`${path}.${name}`, proxy, 'proxy is not a valid url'));
  return causes;
}

function validateImage({ from, as = [], paths = [], pullSecret }: ImageSource, path: string): StatusCause[] {
  const causes = [...validateFrom(from, `${path}.from`), ...requireName(pullSecret, `${path}.pullSecret`)];
  if (paths.length === 0 && as.length === 0) causes.push(required(`${path}.paths`));
  paths.forEach(({ sourcePath = '', destinationDir = '' }, i) => {
    const at = `${path}.paths[${i}]`;
    if (sourcePath === '') causes.push(required(`${at}.sourcePath`));
    else if (!posix.isAbsolute(sourcePath) || sourcePath.includes('\0'))
      causes.push(invalid(`${at}.sourcePath`, sourcePath, 'must be an absolute path'));
    causes.push(...validateDestination(destinationDir, `${at}.destinationDir`));
  });
  return causes;
}

function validateDestination(folder: string | undefined, path: string): StatusCause[] {
  if (folder === undefined || folder === '') return [];
  return posix.isAbsolute(folder) || leavesFolder(folder)
    ? [invalid(path, folder, 'must be a relative path within the build directory')]
    : [];
}

/** A reference that is there names something. */
export const requireName = (reference: { name?: string } | undefined, path: string): StatusCause[] =>
  reference === undefined || (reference.name !== undefined && reference.name !== '') ? [] : [required(`${path}.name`)];
