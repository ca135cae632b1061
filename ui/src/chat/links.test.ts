import { expect, it } from 'vitest';
import { piecesOf } from './links';

const links = (text: string): string[] =>
  piecesOf(text)
    .filter((piece) => piece.kind === 'link')
    .map((piece) => piece.text);

it('h2 only http, https and mailto are links', () => {
  const hostile = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'tauri://localhost',
    'ipc://localhost',
    'tidings://join/x/y',
    'javascript:https://example.org',
    'http:/example.org',
    'https://',
    'mailto:',
    'mailto:nobody',
    '<svg onload=alert(1)>',
  ];
  for (const text of hostile.filter((each) => !each.includes('https://example')))
    expect(links(text), text).toEqual([]);
  expect(links('javascript:https://example.org')).not.toContain('javascript:https://example.org');
  expect(links('see http://example.org and HTTPS://example.org/a?b#c')).toEqual([
    'http://example.org',
    'HTTPS://example.org/a?b#c',
  ]);
  expect(links('mailto:ann@example.org')).toEqual(['mailto:ann@example.org']);
});

it('every text comes back as it went', () => {
  for (const text of [
    '',
    'plain',
    'a https://x.org b',
    'https://x.org',
    '\n https://x.org.\n',
    '](https://x.org)',
  ])
    expect(
      piecesOf(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
});

it('the punctuation of a sentence is not the link’s', () => {
  expect(links('(https://x.org/a).')).toEqual(['https://x.org/a']);
  expect(links('https://x.org/a_(b)')).toEqual(['https://x.org/a_(b)']);
  expect(links('https://x.org, https://y.org!')).toEqual(['https://x.org', 'https://y.org']);
  expect(links('请看https://x.org/路，谢谢')).toEqual([]);
  expect(links('请看 https://x.org/路，谢谢')).toEqual(['https://x.org/路']);
});

it('h6 a control that turns text around ends a link', () => {
  expect(links('https://x.org/\u202egnp.exe')).toEqual(['https://x.org/']);
});

it('h9 a link keeps what it leads to, for the shell to look through', () => {
  for (const link of ['https://аpple.com', 'http://a@b', 'http://1.1.1.1#@bank', 'http://0x7f.1/'])
    expect(links(`look: ${link}`)).toEqual([link]);
});

it('h5 a hostile text takes no time to look through', () => {
  for (const text of [
    'https://'.repeat(1500),
    'http://a'.repeat(1500),
    '('.repeat(12_000),
    `http://a${')'.repeat(12_000)}`,
  ])
    expect(piecesOf(text).length).toBeLessThan(3000);
  expect(links('http://a.b '.repeat(1000))).toHaveLength(50);
});
