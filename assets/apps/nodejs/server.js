const http = require('node:http');

const port = process.env.PORT || 8080;
const server = http.createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok\n');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`Hello from Node.js ${process.version}, pod ${process.env.HOSTNAME}\n`);
});
server.listen(port, () => console.log(`listening on ${port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
