// @vitest-environment happy-dom
import '../look/test-setup';
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeWorld, type FakeBridge } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let world: FakeWorld;
let bridge: FakeBridge;
const user = userEvent.setup();

async function open(language: 'en' | 'zh-CN' = 'en'): Promise<void> {
  bridge = world.bridge('ann', { settings: { language } });
  const session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  await screen.findByRole('log');
}

const tell = (type: string, payload: unknown) => world.tell('bob', 'ann', type, payload);
const article = async () => within((await screen.findAllByRole('article')).at(-1) as HTMLElement);
const list = async () => (await screen.findByRole('listitem', { name: /^Bob/u })).textContent;
const sent = () => world.log('ann', 'bob').messages.filter(({ from }) => from === 'ann');

beforeEach(() => {
  // A page's own storage outlives a test.
  // eslint-disable-next-line no-restricted-globals
  localStorage.clear();
  world = new FakeWorld('Harbour');
  world.addPerson('ann', 'Ann');
  world.addPerson('bob', 'Bob');
});

describe('what came', () => {
  it('r_m3 a keyed emoji is an image with a name, and the rest is text', async () => {
    world.say('bob', 'ann', '<b>[Rain]</b> [Unknown]');
    await open();
    const entry = await article();
    expect(entry.getByRole('img', { name: 'Rain' }).textContent).toBe('🌧️');
    expect(entry.getByText(/\[Unknown\]/u).querySelector('b')).toBeNull();
    expect(await list()).toContain('<b>🌧️</b> [Unknown]');
  });

  it('r_m3 the name is in the person’s language', async () => {
    world.say('bob', 'ann', '[Rain] !');
    await open('zh-CN');
    expect(await (await article()).findByRole('img', { name: '下雨' })).toBeTruthy();
  });

  it('r_e1 a face of ours is a sticker, and another is said in words', async () => {
    tell('TIMFaceElem', { index: 1, data: 'tidings/hello' });
    await open();
    expect((await article()).getByRole('img', { name: 'Sticker: Hello' }).getAttribute('src')).toMatch(
      /hello.*svg/u,
    );
    expect(await list()).toContain('Sticker: Hello');
    tell('TIMFaceElem', { index: 1, data: 'https://evil.example/x.svg' });
    await waitFor(async () => expect((await article()).getByText('[Sticker]')).toBeTruthy());
    expect(document.querySelectorAll('article img')).toHaveLength(1);
    expect(await list()).toContain('[Sticker]');
  });

  it('r_u1 a die shows its number', async () => {
    tell('TIMCustomElem', { data: 'dice', description: '5', extension: '' });
    await open();
    const die = (await article()).getByRole('img', { name: 'Die: 5' });
    expect(die.querySelectorAll('circle')).toHaveLength(5);
    expect(await list()).toContain('Die: 5');
  });

  it('h1 a custom message shows its description as text', async () => {
    tell('TIMCustomElem', { data: 'poll', description: '<img src=x onerror=alert(1)>', extension: '' });
    await open();
    expect((await article()).getByText('<img src=x onerror=alert(1)>')).toBeTruthy();
    expect(document.querySelector('article img')).toBeNull();
    expect(await list()).toContain('<img src=x');
  });

  it('what this version does not know is said so', async () => {
    tell('TIMCustomElem', { data: 'x', description: '', extension: '' });
    await open();
    expect((await article()).getByText('Not supported by this version')).toBeTruthy();
    tell('TIMFutureElem', { anything: [1, { deep: true }] });
    await waitFor(() => expect(screen.getAllByText('Not supported by this version')).toHaveLength(2));
    expect(await list()).toContain('[Not supported by this version]');
  });
});

describe('the picker', () => {
  const openPicker = async () => {
    await user.click(await screen.findByRole('button', { name: 'Emoji and stickers' }));
    return within(await screen.findByRole('dialog', { name: 'Emoji and stickers' }));
  };
  const message = async () =>
    (await screen.findByRole('textbox', { name: 'Message' })) as HTMLTextAreaElement;

  beforeEach(() => {
    world.say('bob', 'ann', 'Hi');
  });

  it('Enter in the search inserts the best at the caret, and Escape gives the focus back', async () => {
    await open();
    const area = await message();
    await user.type(area, 'ab');
    area.setSelectionRange(1, 1);
    const picker = await openPicker();
    const field = picker.getByRole('textbox', { name: 'Search emoji' });
    await waitFor(() => expect(document.activeElement).toBe(field));
    await picker.findByRole('gridcell', { name: 'grinning face' });
    await user.type(field, 'birthday');
    await picker.findByRole('gridcell', { name: 'birthday cake' });
    await user.keyboard('{Enter}');
    expect(area.value).toBe('a🎂b');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(area));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(sent().map(({ outgoing }) => outgoing.payload)).toEqual([{ text: 'a🎂b' }]));
  });

  it('the arrows walk the grid with one stop for Tab, and Enter inserts', async () => {
    await open();
    const picker = await openPicker();
    const first = await picker.findByRole('gridcell', { name: 'grinning face' });
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement).toBe(first));
    await user.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}');
    await waitFor(() =>
      expect(document.activeElement?.getAttribute('aria-label')).toBe('grinning face with big eyes'),
    );
    const stops = () => picker.getAllByRole('gridcell').filter((cell) => cell.tabIndex === 0);
    await waitFor(() => expect(stops()).toEqual([document.activeElement]));
    await user.keyboard('{Enter}');
    expect((await message()).value).toBe('😃');
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Search emoji');
  });

  it('only what is in sight is in the page', async () => {
    await open();
    const picker = await openPicker();
    await picker.findByRole('gridcell', { name: 'grinning face' });
    expect(picker.getAllByRole('gridcell').length).toBeLessThan(130);
    expect(Number(picker.getByRole('grid').getAttribute('aria-rowcount'))).toBeGreaterThan(240);
  });

  it('what was used comes first the next time, in the tone that was chosen', async () => {
    await open();
    let picker = await openPicker();
    await picker.findByRole('gridcell', { name: 'grinning face' });
    await user.click(picker.getByRole('button', { name: 'Skin tone' }));
    await user.click(picker.getByRole('radio', { name: 'Medium' }));
    await user.type(picker.getByRole('textbox', { name: 'Search emoji' }), 'waving hand{Enter}');
    expect((await message()).value).toBe('👋🏽');
    await user.keyboard('{Escape}');
    picker = await openPicker();
    expect(await picker.findByText('Recently used')).toBeTruthy();
    expect((await picker.findAllByRole('gridcell'))[0]?.textContent).toBe('👋🏽');
  });

  it('Escape closes the tones and leaves the picker open', async () => {
    await open();
    const picker = await openPicker();
    await user.click(picker.getByRole('button', { name: 'Skin tone' }));
    await user.keyboard('{Escape}');
    expect(picker.queryByRole('radiogroup')).toBeNull();
    expect(screen.queryByRole('dialog')).not.toBeNull();
  });

  it('a search that finds nothing says so', async () => {
    await open();
    const picker = await openPicker();
    await picker.findByRole('gridcell', { name: 'grinning face' });
    await user.type(picker.getByRole('textbox', { name: 'Search emoji' }), 'xyzzy');
    expect(await picker.findByText('No emoji found.')).toBeTruthy();
  });

  it('a click elsewhere closes it', async () => {
    await open();
    await openPicker();
    await user.click(await message());
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('r_e1 r_u1 choosing a sticker or the die sends it at once, and what is being written stays', async () => {
    await open();
    await user.type(await message(), 'half a th');
    let picker = await openPicker();
    await user.click(picker.getByRole('tab', { name: 'Stickers' }));
    await user.click(picker.getByRole('gridcell', { name: 'A hug' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(await screen.findByRole('img', { name: 'Sticker: A hug' })).toBeTruthy();
    // It opens where it was left.
    picker = await openPicker();
    await user.click(await picker.findByRole('gridcell', { name: 'Roll a die' }));
    expect(await screen.findByRole('img', { name: /^Die: [1-6]$/u })).toBeTruthy();
    await waitFor(() =>
      expect(sent().map(({ outgoing }) => [outgoing.type, outgoing.payload])).toEqual([
        ['TIMFaceElem', { index: 16, data: 'tidings/hug' }],
        ['TIMCustomElem', { data: 'dice', description: expect.stringMatching(/^[1-6]$/u), extension: '' }],
      ]),
    );
    expect((await message()).value).toBe('half a th');
  });

  it('axe finds nothing wrong with it', async () => {
    await open();
    const faults = async () => {
      const { violations } = await axe.run(document.body, {
        rules: { 'color-contrast': { enabled: false }, 'page-has-heading-one': { enabled: false } },
      });
      return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
    };
    const picker = await openPicker();
    await user.click(picker.getByRole('tab', { name: 'Emoji' }));
    await picker.findByRole('gridcell', { name: 'grinning face' });
    expect(await faults()).toEqual([]);
    await user.click(picker.getByRole('button', { name: 'Skin tone' }));
    expect(await faults()).toEqual([]);
    await user.click(picker.getByRole('tab', { name: 'Stickers' }));
    expect(await faults()).toEqual([]);
  });
});
