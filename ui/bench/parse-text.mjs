/**
 * How long `parseText` takes: `node bench/parse-text.mjs` prints one line of JSON, milliseconds. Each figure is the median of rounds,
 * after rounds that warm the engine up; `first` is the very first call, as a page that was just opened pays it.
 */
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const ROUNDS = 200;
const WARM = 50;

const root = fileURLToPath(new URL('..', import.meta.url));
const { module } = await runnerImport('/src/tim/parse.ts', { root, configFile: false, logLevel: 'error' });

const mixed = 'Half past one at the pier? [Grin] 明天下午三点[Rain] see [1], [Unknown] and a[3] = [[x]] 🌊\n';
const texts = {
  brackets: `${'['.repeat(20_000)}]`,
  mixed: mixed.repeat(Math.ceil(12_288 / Buffer.byteLength(mixed))),
  emoji: '[Grin]'.repeat(2048),
};

function measure(text) {
  const times = [];
  let nodes = 0;
  for (let round = 0; round < WARM + ROUNDS; round += 1) {
    // A text of its own each time, as one that comes over the bridge is.
    const payload = JSON.parse(JSON.stringify({ text }));
    const from = performance.now();
    nodes = module.parseText(payload).length;
    times.push(performance.now() - from);
  }
  const measured = times.slice(WARM).sort((a, b) => a - b);
  const at = (part) => Number(measured[Math.floor(part * (ROUNDS - 1))].toFixed(4));
  return {
    bytes: Buffer.byteLength(text),
    nodes,
    first: Number(times[0].toFixed(4)),
    best: at(0),
    median: at(0.5),
    p95: at(0.95),
  };
}

const figures = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, measure(text)]));
process.stdout.write(`${JSON.stringify({ bench: 'parse-text', unit: 'ms', figures })}\n`);
