import type { EventBody } from '../../progress-event.ts';
import { cellWidth, padEnd } from './cell-width.ts';
import { type Paint, safe } from './event-text.ts';

type LabEvent = Extract<EventBody, { event: `lab${string}` }>;

/** What is told of a lab, for people. */
export function labText(event: LabEvent, paint: Paint): string {
  switch (event.event) {
    case 'lab':
      return `${{ running: '       ', done: paint.good('done   '), failed: paint.bad('failed ') }[event.state]} ${safe(event.message)}\n`;
    case 'lab-plan':
      return planText(event, paint);
    case 'lab-status':
      return statusText(event, paint);
    case 'lab-remains': {
      const rows = event.resources.map(({ type, id, detail }) => [type, id, detail]);
      return rows.length === 0 ? `Nothing of the lab ${event.lab} is there.\n` : `To be taken away:\n${table(rows)}`;
    }
    case 'lab-audit':
      return auditText(event, paint);
    case 'lab-janitor':
      return janitorText(event, paint);
  }
}

function planText(event: Extract<LabEvent, { event: 'lab-plan' }>, paint: Paint): string {
  const { lab, where, resources, hosts, cost, problems, notes } = event;
  const changes = (['create', 'replace', 'remove', 'keep'] as const).flatMap((what) =>
    hosts[what].length === 0 ? [] : [[`${what}:`, `${hosts[what].length} hosts`, some(hosts[what])]],
  );
  const price =
    cost === undefined
      ? ''
      : `costs about ${cost.perHour.toFixed(2)} ${cost.currency} an hour, ${cost.inAll.toFixed(2)} in all (prices of ${safe(cost.pricesOf)})\n`;
  return [
    `${paint.strong(`Lab ${lab}`)} on ${safe(where)}\n`,
    table(changes),
    resources.length === 0 ? '' : table(resources.map(({ what, count }) => ['', String(count), what])),
    price,
    ...notes.map((note) => `note    ${safe(note)}\n`),
    ...problems.map((problem) => `${paint.bad('problem')} ${safe(problem)}\n`),
  ].join('');
}

/** `ana-1, ben-1 and 40 more` */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`;
}

function statusText({ lab, expires, hosts, healthy }: Extract<LabEvent, { event: 'lab-status' }>, paint: Paint): string {
  const rows = hosts.map((row) => [row.host, row.state, row.boot, row.platform, row.api ?? '']);
  const [header = '', ...lines] = table([['HOST', 'STATE', 'BOOT', 'OPENSHIFT', 'API'], ...rows])
    .trimEnd()
    .split('\n');
  const body = lines.map((line, index) => {
    const { healthy: isWell, reason } = hosts[index]!;
    const why = isWell || reason === '' ? '' : `\n      ${safe(reason)}`;
    return `${isWell ? line : paint.warn(line)}${why}\n`;
  });
  const total = `${healthy} of ${hosts.length} hosts are healthy.`;
  const end = `The lab ends at ${expires}${Date.parse(expires) < Date.now() ? paint.bad(', which is over') : ''}.`;
  return `${paint.strong(`Lab ${lab}`)}\n${paint.dim(header)}\n${body.join('')}\n${healthy === hosts.length ? paint.good(total) : paint.bad(total)} ${end}\n`;
}

function auditText(event: Extract<LabEvent, { event: 'lab-audit' }>, paint: Paint): string {
  const { lab, clean, asked, left, errors, report } = event;
  const words = clean
    ? paint.good(`Nothing is left of the lab ${lab}: asked for ${asked.length} kinds of resources, none is there.`)
    : paint.bad(`The lab ${lab} is not proven to be gone.`);
  const found = left.length === 0 ? '' : `Left:\n${table(left.map(({ type, id, detail }) => [type, id, detail]))}`;
  const unanswered = errors.map(({ type, message }) => `not answered: ${safe(type)}: ${safe(message)}\n`).join('');
  return `${words}\n${found}${unanswered}report: ${safe(report[0] ?? '')}\n`;
}

function janitorText(event: Extract<LabEvent, { event: 'lab-janitor' }>, paint: Paint): string {
  const { where, present, status, notify, left } = event;
  if (!present) {
    const rest = left.length === 0 ? '' : `Left of one:\n${table(left.map(({ type, id }) => [type, id]))}`;
    return `${paint.warn(`There is no janitor in ${safe(where)}: labs there stay until lab down.`)}\n${rest}`;
  }
  const words = `The janitor of ${safe(where)} takes labs away whose time is over (its stack is ${safe(status)}).`;
  const told = notify === '' ? 'Nobody is told by e-mail.' : `${safe(notify)} is told by e-mail.`;
  return `${/^(CREATE|UPDATE)_COMPLETE$/.test(status) ? words : paint.bad(words)} ${told}\n`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((cell) => safe(cell)));
  const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => cellWidth(row[column] ?? ''))));
  const line = (row: readonly string[]) => `  ${row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ')}`;
  return shown.map((row) => `${line(row).trimEnd()}\n`).join('');
}
