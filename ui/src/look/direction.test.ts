import { expect, it } from 'vitest';

const sources: Record<string, string> = import.meta.glob(['../**/*.{svelte,css}'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** The styles of a component, or a style sheet itself. */
function stylesOf(path: string, text: string): string {
  const styles = path.endsWith('.css') ? text : (/<style>([\s\S]*)<\/style>/u.exec(text)?.[1] ?? '');
  return styles.replaceAll(/\/\*[\s\S]*?\*\//gu, '');
}

const ONE_SIDED = [
  /(?:^|[\s{;])(?:left|right)\s*:/u,
  /(?:margin|padding|border)-(?:left|right)/u,
  /border-(?:top|bottom)-(?:left|right)-radius/u,
  /(?:text-align|float|clear)\s*:\s*(?:left|right)/u,
  /(?:margin|padding|inset)\s*:\s*\S+ (\S+) \S+ (?!\1[\s;])\S+;/u,
  /translateX\(/u,
];

it('no style knows left from right: each holds in a language that is read from the right too', () => {
  const found = Object.entries(sources).flatMap(([path, text]) =>
    stylesOf(path, text)
      .split('\n')
      .filter((line) => ONE_SIDED.some((each) => each.test(line)))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
