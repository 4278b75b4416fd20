import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Text that is HTML already, made by `html` alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** HTML with every value escaped that is not HTML itself. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  return new Html(parts.reduce((text, part, i) => text + part + (i < values.length ? escaped(values[i]!) : ''), ''));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (value: string | Html): string =>
  value instanceof Html ? value.text : value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 1rem; box-sizing: border-box; }
main { width: 100%; max-width: 26rem; }
main:has(pre) { max-width: 40rem; }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 1.5rem; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; box-sizing: border-box; margin-top: .25rem; padding: .6rem; font: inherit; border: 1px solid #8888; border-radius: .4rem; }
button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; border: 0; border-radius: .4rem; background: #06c; color: #fff; cursor: pointer; }
button.other { background: none; border: 1px solid #8888; color: inherit; }
a { color: LinkText; }
pre { padding: .8rem; border: 1px solid #8888; border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.error { padding: .6rem .8rem; border-left: .25rem solid #c00; background: #c001; }
`;
/** Nothing runs on these pages, nothing is fetched, and nobody shows them in a frame. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'`;

/** A page that takes nothing from anywhere and is shown in no frame. */
export function answerPage(
  response: ServerResponse,
  { code = 200, title, body, headers = {} }: { code?: number; title: string; body: Html; headers?: Record<string, string> },
): void {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `;
  const bytes = Buffer.from(page.text);
  response
    .writeHead(code, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': bytes.length,
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      ...headers,
    })
    .end(bytes);
}
