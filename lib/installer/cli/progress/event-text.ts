import { printable } from '../../../common/printable.ts';
import type { EventBody } from '../../progress-event.ts';
import { accessText, nextSteps } from './next-steps.ts';

/** Colours of a terminal, or none. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
}

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
export const colours: Paint = { good: sgr(32), bad: sgr(31), warn: sgr(33), dim: sgr(2), strong: sgr(1) };
const as = (text: string) => text;
export const noColours: Paint = { good: as, bad: as, warn: as, dim: as, strong: as };

/** What came from a server, safe for a terminal; its line breaks stay. */
export function safe(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** `4.2 s`, `17 s`. */
export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
}

/** The last words of a command that went well. */
export function resultText(event: Extract<EventBody, { event: 'result' }>, paint: Paint): string {
  const took = paint.dim(`(${seconds(event.seconds)})`);
  switch (event.outcome) {
    case 'checked':
      return paint.good(`${event.host} is ready for oo-install.`) + ` ${took}\n`;
    case 'planned':
      return `Dry run: nothing was changed. ${took}\n`;
    case 'uninstalled':
      return paint.good(`OpenShift is gone from ${event.host}; everything is as it was.`) + ` ${took}\n`;
    case 'partly-uninstalled':
      return paint.warn(`OpenShift is gone from ${event.host}, apart from what is told above.`) + ` ${took}\n`;
    case 'absent':
      return `${event.host}: oo-install has installed nothing here. ${took}\n`;
    case 'unchanged':
      if (event.command === 'kubeconfig') return contextText(event, 'is already', took, as);
      return `${event.host}: nothing to do. ${took}\n${accessText(event, paint)}`;
    case 'upgraded':
      return `${paint.good(`OpenShift ${event.version ?? ''} is running on ${event.host}`)}, after ${event.versionBefore ?? 'another version'}. ${took}\n`;
    case 'started':
    case 'restarted':
      return `${paint.good(`OpenShift is running on ${event.host}.`)} ${took}\n`;
    case 'stopped':
      return `OpenShift is stopped on ${event.host}. ${took}\n`;
    case 'merged':
      return contextText(event, 'is', took, paint.good);
    case 'installed':
      return `${paint.good(`OpenShift is running on ${event.host}.`)} ${took}\n${accessText(event, paint)}${nextSteps(event)}`;
  }
}

function contextText(
  event: Extract<EventBody, { event: 'result' }>,
  is: string,
  took: string,
  colour: (text: string) => string,
): string {
  const { context = '', kubeconfig = '' } = event;
  return `${colour(`Context ${context}`)} ${is} in ${kubeconfig}. ${took}\n\n  kubectl --context ${context} get nodes\n`;
}

/** The same in one line, for one of several hosts. */
export function briefResultText(event: Extract<EventBody, { event: 'result' }>, paint: Paint): string {
  const where = event.api === undefined || event.outcome === 'planned' ? '' : `: ${paint.strong(event.api)}`;
  const words = { installed: 'OpenShift is running', unchanged: 'nothing to do' } as Readonly<Record<string, string>>;
  const text = words[event.outcome];
  if (text === undefined || event.command === 'kubeconfig') return `${resultText(event, paint).split('\n')[0]}\n`;
  return `${paint.good(text)}${where} ${paint.dim(`(${seconds(event.seconds)})`)}\n`;
}

/** What `status` prints; `brief`: below the name of the host already. */
export function statusText(event: Extract<EventBody, { event: 'status' }>, paint: Paint, brief = false): string {
  const colour = event.platform === 'ready' ? paint.good : event.platform === 'absent' ? as : paint.warn;
  const rows: [string, string][] = [
    ['OpenShift', colour(event.platform) + (event.reason === '' ? '' : ` (${safe(event.reason)})`)],
    ['Docker', safe(event.docker)],
    ['started by', event.supervisor === 'none' ? '' : event.supervisor],
    ['API', event.api],
    ['kubeconfig', event.kubeconfig],
    ['pods', event.pods === undefined ? '' : `${event.pods} running`],
    ...partRows(event, paint),
    ['version', event.version + (event.isCurrent || event.version === '' ? '' : ' (not that of this oo-install)')],
    ['upgrade', event.upgrade],
  ];
  const lines = rows.filter(([, value]) => value !== '').map(([key, value]) => `  ${`${key}:`.padEnd(12)} ${value}`);
  const changes = event.changes.map((change) => `  - ${safe(change)}`);
  const made =
    changes.length === 0 || brief ? '' : `\nWhat oo-install did here, and uninstall takes back:\n${changes.join('\n')}\n`;
  return `${brief ? '' : `${paint.strong(event.host)}\n`}${lines.join('\n')}\n${made}`;
}

/** A line for each part that is to run, and one for what applications are built with. */
function partRows({ host, parts = [] }: Extract<EventBody, { event: 'status' }>, paint: Paint): [string, string][] {
  const named = (wanted: string): string[] => parts.filter(({ state }) => state === wanted).map(({ name }) => safe(name));
  const missing = named('absent');
  const rows = parts
    .filter(({ state }) => state !== 'ready' && state !== 'absent')
    .map(({ name, state, reason }): [string, string] => [
      safe(name),
      (state === 'running' ? paint.good(state) : paint.warn(state)) + (reason === '' ? '' : ` (${safe(reason)})`),
    ]);
  // Left out by --images; the one command brings whatever is missing.
  const absent = missing.length === 0 ? '' : `${missing.join(' and ')} (oo-install ${safe(host)} brings what is missing)`;
  return [...rows, ['absent', absent], ['images', named('ready').join(', ')]];
}

/** The last words of a command that failed. */
export function failureText(event: Extract<EventBody, { event: 'failed' }>, paint: Paint): string {
  const hint = event.hint === undefined ? '' : `\n  ${safe(event.hint).replaceAll('\n', '\n  ')}`;
  return `${paint.bad('error:')} ${safe(event.message)}${hint}\n  ${paint.dim(`(${event.code}, exit status ${event.exitCode})`)}\n`;
}
