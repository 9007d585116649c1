// Which ports are free on an address, and how the address reads to a person.

import { createSocket } from 'node:dgram';
import { createServer, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Tries to listen: undefined when that works, else the error's code. */
export function tryTcp(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export function tryUdp(host, port) {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      resolve(error.code);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

/**
 * The first of `count` ports from `first` on where every check is well.
 * @returns {Promise<{port?: number, code?: string}>} code: why the last one was not
 */
export async function firstFree(host, first, checks, count = 50) {
  let code;
  for (let port = first; port < Math.min(first + count, 65536); ++port) {
    code = undefined;
    for (const check of checks) code ??= await check(host, port);
    if (!code) return { port };
    if (code !== 'EADDRINUSE' && code !== 'EACCES') break; // the address is at fault, not the port
  }
  return { code };
}

/** "[::1]:8080", "127.0.0.1:8080" */
export function endpoint(host, port) {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address to open on this machine: a name that browsers trust where the server listens everywhere or on loopback. */
export function localUrl(host, port) {
  const isHere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host);
  return `http://${isHere ? `localhost:${port}` : endpoint(host, port)}/`;
}

/** The addresses for other machines, where the server listens everywhere. */
export function networkUrls(host, port, interfaces = networkInterfaces()) {
  if (host !== '0.0.0.0' && host !== '::') return [];
  return Object.values(interfaces).flat().filter((one) => one.family === 'IPv4' && !one.internal).map((one) => `http://${one.address}:${port}/`);
}
