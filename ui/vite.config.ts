import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin, Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';
import { fakeMedia } from './scripts/fake-media';
import shipped from './shipped-packages.json' with { type: 'json' };

// What is in the page is named on the page About, with its licence.
const named: Plugin = {
  name: 'shipped-packages-are-named',
  apply: 'build',
  generateBundle() {
    const unnamed = new Set<string>();
    for (const id of this.getModuleIds()) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
      if (name !== undefined && !shipped.includes(name)) unnamed.add(name);
    }
    if (unnamed.size > 0) {
      this.error(`in the page, but not in shipped-packages.json: ${[...unnamed].join(', ')}`);
    }
  },
};

/**
 * What the entry needs before it can begin is one file: each further one is a request that the first frame waits for, and what
 * is shared with a lazy part would become one.
 */
function eagerChunk(): Rolldown.CodeSplittingNameFunction {
  let eager: ReadonlySet<string> | undefined;
  return (id, graph) => {
    eager ??= reachedFrom(entryAbove(id, graph), (at) => graph.getModuleInfo(at)?.importedIds ?? []);
    return eager.has(id) ? 'app' : null;
  };
}

function entryAbove(id: string, graph: Rolldown.ChunkingContext): string {
  const above = reachedFrom(id, (at) => {
    const info = graph.getModuleInfo(at);
    return [...(info?.importers ?? []), ...(info?.dynamicImporters ?? [])];
  });
  return [...above].find((each) => graph.getModuleInfo(each)?.isEntry === true) ?? id;
}

function reachedFrom(id: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set([id]);
  // A set grows while it is walked.
  for (const at of reached) for (const each of next(at)) reached.add(each);
  return reached;
}

/** The script must find its styles there: a page that is drawn without them is drawn twice, and its heights are wrong. */
function stylesFirst(): Plugin {
  return {
    name: 'styles-first',
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        const scripts = html.match(/[ \t]*<script[^>]*><\/script>\n/gu) ?? [];
        const bare = scripts.reduce((text, script) => text.replace(script, ''), html);
        return bare.replace(/[ \t]*<\/head>/u, (end) => scripts.join('') + end);
      },
    },
  };
}

// Two pages: `index.html` is the app; `fake.html` is the same app on a small world in memory, to look at in a browser
// (`vite build --mode fake`). The fake is never part of the app's bundle.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [
    named,
    svelte(),
    svelteTesting({ autoCleanup: false }),
    stylesFirst(),
    ...(mode === 'fake' ? [fakeMedia()] : []),
  ],
  build: {
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
    target: ['safari17.5', 'chrome123'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: mode !== 'fake',
    rolldownOptions: {
      input: mode === 'fake' ? 'fake.html' : 'index.html',
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: eagerChunk(), debugName: 'eager' }],
        },
      },
    },
  },
  test: {
    // Tests of components ask for a page themselves: making one costs a second.
    environment: 'node',
    include: ['src/**/*.test.ts'],
    // A test reads the colours.
    css: { include: /tokens/ },
    restoreMocks: true,
    testTimeout: 60_000,
  },
}));
