import { expect, it } from 'vitest';

const sources: Record<string, string> = import.meta.glob(['../**/*.svelte'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

it('every list says that it is one: without bullets WebKit takes it for a mere box', () => {
  const silent = Object.entries(sources).flatMap(([path, text]) =>
    [...text.matchAll(/<(?:ul|ol)\b[^>]*>/gu)]
      .map(([tag]) => tag)
      .filter((tag) => !/\srole=/u.test(tag))
      .map((tag) => `${path}: ${tag}`),
  );
  expect(silent).toEqual([]);
});
