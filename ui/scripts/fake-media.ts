/** Pictures and sounds for the fake, drawn from their names: `vite --mode fake` serves them beside the page. */
import { Buffer } from 'node:buffer';
import type { Connect, Plugin } from 'vite';

const PREFIX = '/fake-media/';

/** Numbers from 0 to 1 that a name always gives. */
function chances(name: string): () => number {
  let state = 2166136261;
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function picture(name: string): string {
  const chance = chances(name);
  const hue = Math.round(chance() * 360);
  const hill = (height: number, light: number): string => {
    const points = Array.from({ length: 9 }, (_none, x) => `${x * 100},${height - chance() * 140}`);
    return `<path fill="hsl(${hue + 90} 28% ${light}%)" d="M0 800 L${points.join(' L')} L800 800Z"/>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" preserveAspectRatio="xMidYMid slice">
    <defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="hsl(${hue} 55% 62%)"/><stop offset="1" stop-color="hsl(${hue + 30} 60% 84%)"/></linearGradient></defs>
    <rect width="800" height="600" fill="url(#s)"/><circle cx="${150 + chance() * 500}" cy="${90 + chance() * 120}" r="46" fill="#fff4d0"/>
    ${hill(420, 46)}${hill(500, 34)}${hill(590, 24)}</svg>`;
}

/** Some seconds of a quiet tune, as a WAV. */
function tune(seconds = 12, rate = 8000): Buffer {
  const bytes = Buffer.alloc(44 + seconds * rate);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(seconds * rate, 40);
  for (let at = 0; at < seconds * rate; at += 1)
    bytes[44 + at] =
      128 + 40 * Math.sin((at / rate) * 2 * Math.PI * (220 + 55 * Math.floor((2 * at) / rate)));
  return bytes;
}

/** A plugin of Vite. */
export function fakeMedia(): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (!path.startsWith(PREFIX)) return next();
    const isStream = path.startsWith(`${PREFIX}stream/`);
    const body = isStream ? tune() : Buffer.from(picture(path.slice(-32)));
    response.setHeader('Content-Type', isStream ? 'audio/wav' : 'image/svg+xml');
    const range = /^bytes=(\d+)-(\d*)$/u.exec(request.headers.range ?? '');
    if (range === null) return void response.end(body);
    const [from, to] = [Number(range[1]), range[2] === '' ? body.length - 1 : Number(range[2])];
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${from}-${to}/${body.length}`);
    return void response.end(body.subarray(from, to + 1));
  };
  const serve = (server: { middlewares: Connect.Server }): void => void server.middlewares.use(answer);
  return { name: 'fake-media', configureServer: serve, configurePreviewServer: serve };
}
