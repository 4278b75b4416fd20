import { setTimeout as delay } from 'node:timers/promises';

/** Seconds that it takes. */
export async function elapsed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Asks until the page has this text. @throws after a minute */
export async function answered(page: () => Promise<string>, text: string): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until; await delay(50)) {
    const body = await page().catch(() => '');
    if (body.includes(text)) return;
  }
  throw new Error(`no page with ${JSON.stringify(text)} in a minute`);
}
