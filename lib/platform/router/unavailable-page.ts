const PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Application is not available</title>
<style>body{font-family:sans-serif;margin:4em auto;max-width:42em;color:#333}h1{font-weight:300}</style></head>
<body>
<h1>Application is not available</h1>
<p>The application is currently not serving requests at this endpoint. It may not have been started or is still starting.</p>
<p>Possible reasons:</p>
<ul>
<li><strong>The host does not exist.</strong> No route has this name.</li>
<li><strong>The path does not match.</strong> No route of this host has it, or only with encryption.</li>
<li><strong>No pod is ready.</strong> The route's service has no endpoints.</li>
</ul>
</body>
</html>
`;

/** The answer for requests that nobody serves, whole, as HAProxy's errorfile wants it. */
export const UNAVAILABLE = [
  'HTTP/1.1 503 Service Unavailable',
  'Cache-Control: no-cache, no-store',
  'Pragma: no-cache',
  'Content-Type: text/html',
  `Content-Length: ${Buffer.byteLength(PAGE)}`,
  '',
  PAGE,
].join('\r\n');
