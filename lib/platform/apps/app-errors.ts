import { defineErrors } from '../../common/errors.ts';

/** What can go wrong with `openshift app`, beside what the API itself answers. */
export const appErrors = defineErrors({
  APP_NAME_INVALID: {
    failure: 'usage',
    message: (name: string, why: string) => `${JSON.stringify(name)} cannot be the name of an application: ${why}`,
    hint: () => 'choose a name such as "shop" or "my-app"; nothing was changed',
  },
  APP_NAME_TAKEN: {
    failure: 'conflict',
    message: (name: string, others: string) => `the application ${name} cannot be made: there is ${others} of somebody else's`,
    hint: () => 'choose another name, or another project with --namespace; nothing was changed',
  },
  APP_OTHER_TYPE: {
    failure: 'conflict',
    message: (name: string, is: string, wanted: string) =>
      `the application ${name} is there already, as ${is} and not as ${wanted}`,
    hint: (name: string) => `choose another name, or remove it with "openshift app delete ${name}"; nothing was changed`,
  },
  APP_FOLDER_TAKEN: {
    failure: 'conflict',
    message: (folder: string) => `${folder} is there already, and is not this application's`,
    hint: () => 'move it away, or run the command in another folder; nothing was changed',
  },
  APP_NOT_FOUND: {
    failure: 'usage',
    message: (name: string, namespace: string) => `there is no application ${JSON.stringify(name)} in the project ${namespace}`,
    hint: () => '"openshift app list" names those that are there',
  },
  APP_RUNS_NOWHERE: {
    failure: 'platform',
    message: (name: string) => `the application ${name} has no pod whose log could be shown`,
    hint: (name: string) => `"openshift app list" tells how many run; "openshift app scale ${name} 1" has one run`,
  },
  APP_SOURCE_URL: {
    failure: 'usage',
    message: (why: string) => `--from-code: ${why}`,
    hint: () => 'give a URL such as https://git.example/shop.git, without a password; nothing was changed',
  },
  APP_ARGUMENT: {
    failure: 'usage',
    message: (value: string, why: string) => `${JSON.stringify(value)} ${why}`,
    hint: () => '"openshift app --help" has examples; nothing was changed',
  },
  APP_KUBECONFIG_MISSING: {
    failure: 'usage',
    message: (places: string) => `no kubeconfig: there is none at ${places}`,
    hint: () => 'name one with --kubeconfig or $KUBECONFIG; "openshift login" and "oo-install kubeconfig" write one',
  },
  APP_INTERRUPTED: {
    failure: 'interrupted',
    message: () => 'interrupted',
    hint: () => 'run the same command again: it goes on where it stopped',
  },
  APP_GIT_FAILED: {
    failure: 'platform',
    message: (what: string, said: string) => `git ${what} failed${said === '' ? '' : `: ${said}`}`,
    hint: () => 'mend that, and run the same command again: it goes on where it stopped',
  },
  APP_GIT_MISSING: {
    failure: 'usage',
    message: () => 'git is not installed here',
    hint: () => 'install it ("apt-get install git"); nothing was changed',
  },
  APP_NO_TOKEN: {
    failure: 'platform',
    message: (secret: string) => `the secret ${secret}, by which builds read the source, has got no token`,
    hint: (secret: string) => `see "kubectl describe secret ${secret}", and run the same command again`,
  },
  APP_BUILD_FAILED: {
    failure: 'platform',
    message: (build: string, phase: string, why: string) => `the build ${build} is ${phase}${why === '' ? '' : `: ${why}`}`,
    hint: () => 'mend the source in its folder, then "git commit -a" and "git push": every push builds',
  },
  APP_DOES_NOT_START: {
    failure: 'platform',
    message: (name: string, why: string) => `the application ${name} is built, and does not start: ${why}`,
    hint: (name: string) =>
      `"openshift app logs ${name} --latest" shows more; mend it in its folder, then "git commit -a" and "git push"`,
  },
  APP_NOT_CONFIRMED: { failure: 'usage', message: () => 'not confirmed: nothing was changed' },
  APP_CONFIRMATION_NEEDED: {
    failure: 'usage',
    message: (question: string) => `nobody is there to answer: ${question}`,
    hint: () => 'nothing was changed; run it in a terminal, or answer with --yes',
  },
});
