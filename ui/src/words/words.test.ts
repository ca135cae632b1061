import { expect, it } from 'vitest';
import { en } from './en';
import { en as mediaEn } from './media/en';
import { zhCN as mediaZh } from './media/zh-CN';
import { zhCN } from './zh-CN';
import { languageFor } from './words.svelte';

const sources: Record<string, string> = import.meta.glob(
  ['../**/*.{svelte,ts}', '!../words/**', '!../**/*.test.ts'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
);

const keys = Object.entries(en).flatMap(([section, words]) =>
  Object.keys(words).map((key): [string, string] => [section, key]),
);

it('every word is said somewhere', () => {
  const text = Object.values(sources).join('\n');
  const unused = keys.filter(
    ([section, key]) =>
      !text.includes(`words.${section}.${key}`) && !(section === 'problems' && text.includes(`say.${key}`)),
  );
  expect(unused).toEqual([]);
});

it('every word of the screens for files is said somewhere, and has its Chinese', () => {
  const text = Object.values(sources).join('\n');
  const own = Object.keys(mediaEn);
  expect(own.filter((key) => !new RegExp(`\\bsaid\\.${key}\\b`, 'u').test(text))).toEqual([]);
  expect(Object.keys(mediaZh)).toEqual(own);
});

it('every word has its Chinese', () => {
  const isSaid = (words: object, key: string): boolean => {
    const word = (words as Record<string, unknown>)[key];
    return typeof word === 'function' || (typeof word === 'string' && word.trim() !== '');
  };
  const missing = keys.filter(([section, key]) => !isSaid(zhCN[section as keyof typeof zhCN], key));
  expect(missing).toEqual([]);
});

it('the accessible names that stay are exactly these', () => {
  expect([
    en.welcome.start,
    en.welcome.join,
    en.welcome.signIn,
    en.common.continue,
    en.list.newConversation,
    en.composer.send,
    en.emoji.button,
    en.emoji.search,
    en.chat.retry,
    en.chat.jump,
    en.welcome.yourName,
    en.welcome.userID,
    en.welcome.password,
    en.welcome.serverAddress,
    en.welcome.invitationLink,
    en.list.find,
    en.composer.message,
    en.list.title,
    en.chat.messages,
    en.connection.label,
  ]).toEqual([
    'Start a space on this computer',
    'Join with a link',
    'Sign in to a server',
    'Continue',
    'New conversation',
    'Send',
    'Emoji and stickers',
    'Search emoji',
    'Retry',
    'Jump to latest',
    'Your name',
    'User ID',
    'Password',
    'Server address',
    'Invitation link',
    'Find a conversation',
    'Message',
    'Conversations',
    'Messages',
    'Connection',
  ]);
  expect(en.list.named('Bob', 2)).toBe('Bob, 2 unread');
  expect(en.list.named('Bob', 0)).toBe('Bob');
  expect(en.chat.named('Bob', '14:05')).toBe('Bob, 14:05');
});

it('numbers take the form that the language gives them', () => {
  expect(en.composer.bytesLeft(1)).toBe('1 byte left');
  expect(en.composer.bytesLeft(1000)).toBe('1,000 bytes left');
  expect(zhCN.list.named('Bob', 3)).toBe('Bob，3 条未读');
});

it('the system decides the language unless a person did', () => {
  expect(languageFor('system', 'zh_CN.UTF-8')).toBe('zh-CN');
  expect(languageFor('system', 'zh-Hans-CN')).toBe('zh-CN');
  expect(languageFor('system', 'de-DE')).toBe('en');
  expect(languageFor('en', 'zh-CN')).toBe('en');
});
