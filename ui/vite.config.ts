import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { fakeMedia } from './scripts/fake-media';
import type { Plugin } from 'vite';
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

// Two pages: `index.html` is the app; `fake.html` is the same app on a small world in memory, to look at in a browser
// (`vite build --mode fake`). The fake is never part of the app's bundle.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [
    named,
    svelte(),
    svelteTesting({ autoCleanup: false }),
    ...(mode === 'fake' ? [fakeMedia()] : []),
  ],
  build: {
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
    target: ['safari17.5', 'chrome123'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: mode !== 'fake',
    rolldownOptions: { input: mode === 'fake' ? 'fake.html' : 'index.html' },
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
