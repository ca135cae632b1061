// @vitest-environment happy-dom
import '../look/test-setup';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import { FakeBridge, FakeWorld, refusal } from '../bridge/fake';
import { Session } from '../session/session.svelte';
import { timOn } from '../tim';

let world: FakeWorld;
let bridge: FakeBridge;
let session: Session;
const user = userEvent.setup();

async function open(language: 'en' | 'zh-CN' = 'en'): Promise<void> {
  bridge = world.bridge('ann', { settings: { language } });
  await openOn(bridge);
}

async function openOn(bridge: FakeBridge): Promise<void> {
  session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
  render(App, { session });
  void session.start();
  await waitFor(() => expect(session.isListLoaded).toBe(true));
  await session.open('C2Cbob');
  await screen.findByRole('log');
}

const id = (letter: string): string => letter.repeat(32);
const sized = (width: number, height: number, letter = 'a') =>
  [1, 2, 3].map((sizeType) => ({ sizeType, size: 1000, width, height, instanceID: id(letter) }));
const image = (letter: string, more: object = {}, width = 1600, height = 1200): object => ({
  uuid: `0-bob-${id(letter)}`,
  imageFormat: 1,
  imageInfoArray: sized(width, height, letter),
  fileName: `${letter}.jpg`,
  ...more,
});
const file = (fileName: string): object => ({
  uuid: id('f'),
  fileName,
  fileSize: 2_345_678,
  downloadFlag: 2,
});
const tell = (type: string, payload: object) => world.tell('bob', 'ann', type, payload);
const sent = () => world.log('ann', 'bob').messages.filter(({ from }) => from === 'ann');
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const press = async (name: string | RegExp) => user.click(await button(name));
const requests = (method: string) => bridge.calls.filter((each) => each.method === method);
const listed = async () => (await screen.findByRole('listitem', { name: /^Bob/u })).textContent;

async function faults(): Promise<string[]> {
  const rules = { 'color-contrast': { enabled: false }, 'page-has-heading-one': { enabled: false } };
  const { violations } = await axe.run(document.body, { rules });
  return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
}

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe(): void {}
      disconnect(): void {}
    },
  );
  world = new FakeWorld('Harbour');
  for (const name of ['Ann', 'Bob', 'Cleo']) world.addPerson(name.toLowerCase(), name);
  world.say('bob', 'ann', 'Hi');
});

describe('what came', () => {
  it('r_i7 a picture has its room before it has come, a name, and its caption below', async () => {
    tell('TIMImageElem', image('a', { caption: 'The pier' }, 4000, 3000));
    await open();
    const picture = await button('Picture a.jpg');
    const frame = picture.closest<HTMLElement>('.frame');
    expect(frame?.style.aspectRatio.replaceAll(' ', '')).toBe('380/285');
    expect(await screen.findByText('The pier')).toBeTruthy();
    expect(await listed()).toContain('Picture: The pier');
    expect(await faults()).toEqual([]);
  });

  it('h36 what makes no sense as a picture is not supported, and harms nothing', async () => {
    tell('TIMImageElem', { imageInfoArray: 'x' });
    tell('TIMImageElem', image('b', {}, -4, Number.MAX_VALUE));
    tell('TIMVideoFileElem', { videoUUID: 4 });
    tell('TIMSoundElem', { uuid: id('c'), second: -1, waveform: ['x', 99, -3] });
    await open();
    expect(await screen.findAllByText('Not supported by this version')).toHaveLength(2);
    expect(await button('Picture b.jpg')).toBeTruthy();
    expect(await button('Play')).toBeTruthy();
  });

  it('pictures of one album stand together, and each can be looked at', async () => {
    for (const letter of ['a', 'b', 'c']) tell('TIMImageElem', image(letter, { album: 'x' }));
    tell('TIMImageElem', image('d'));
    await open();
    await waitFor(async () => expect(await screen.findAllByRole('article')).toHaveLength(3));
    const [, album] = await screen.findAllByRole('article');
    expect(await within(album as HTMLElement).findAllByRole('button', { name: /^Picture/u })).toHaveLength(3);
    expect(await faults()).toEqual([]);
  });

  it('a picture of an album that failed is sent again or discarded by itself', async () => {
    await open();
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(null);
    bridge.refuseMessages = 80002;
    bridge.drop([{ name: 'a.jpg' }, { name: 'b.jpg' }, { name: 'c.jpg' }], 600, 300);
    await screen.findByRole('button', { name: 'c.jpg, 3 of 3' });
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    await waitFor(() =>
      expect(screen.queryAllByRole('button', { name: /^Send .\.jpg again$/u })).toHaveLength(3),
    );
    expect(await faults()).toEqual([]);
    bridge.refuseMessages = null;
    await press('Send b.jpg again');
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Send b.jpg again' })).toBeNull());
    expect(await screen.findAllByRole('button', { name: /^Send .\.jpg again$/u })).toHaveLength(2);
    await press('Discard a.jpg');
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Discard a.jpg' })).toBeNull());
    expect(requests('discardMessage')).toHaveLength(1);
    expect(requests('resendMessage')).toHaveLength(1);
  });

  it('a menu is about the picture that it was opened on', async () => {
    for (const letter of ['a', 'b']) tell('TIMImageElem', image(letter, { album: 'x' }));
    await open();
    await fireEvent.contextMenu(await button('Picture b.jpg'));
    expect(await screen.findByRole('menuitem', { name: 'Copy picture' })).toBeTruthy();
    await user.click(await screen.findByRole('menuitem', { name: 'Save as…' }));
    await waitFor(() => expect(requests('saveFile')[0]?.request).toMatchObject({ fileID: id('b') }));
    expect(await screen.findByText(/Saved as “picture \(2\).jpg” in Pictures/u)).toBeTruthy();
  });

  it('without a dialog a file is saved among the downloads', async () => {
    tell('TIMFileElem', file('log.pdf'));
    await open();
    bridge.isBare = true;
    await fireEvent.contextMenu(await button(/^Open File log.pdf/u));
    await user.click(await screen.findByRole('menuitem', { name: 'Save as…' }));
    expect(await screen.findByText(/in Downloads/u)).toBeTruthy();
  });

  it('h19 the real ending of a file is seen, and what may run code says so', async () => {
    tell('TIMFileElem', file('holiday\u202Egpj.exe'));
    await open();
    const card = await button(/^Open File holiday␣gpj\.exe, 2\.2 MB/u);
    expect(card.textContent).toContain('.exe');
    expect(card.textContent).toContain('May run code');
    expect(card.textContent).not.toContain('\u202E');
    expect(await listed()).toContain('holiday␣gpj.exe');
  });

  it('h19 what may run code is opened only after a question', async () => {
    tell('TIMFileElem', file('setup.exe'));
    const openFile = vi.spyOn(FakeBridge.prototype, 'openFile');
    openFile.mockImplementation(async ({ confirmed }) => ({ asks: !confirmed }));
    await open();
    await press(/^Open File setup.exe/u);
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText(/“setup.exe” is a program/u)).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Show in folder' }));
    expect(openFile).toHaveBeenLastCalledWith({ fileID: id('f'), confirmed: true });
  });

  it('a voice has a button, a place to seek, and a speed', async () => {
    tell('TIMSoundElem', { uuid: id('e'), second: 12, size: 1, waveform: [1, 31, 4] });
    await open();
    expect(await button('Play')).toBeTruthy();
    expect((await screen.findByRole('slider', { name: 'Position' })).getAttribute('aria-valuetext')).toBe(
      '0:00 of 0:12',
    );
    await press('Speed 1×');
    expect(await button('Speed 1.5×')).toBeTruthy();
    await press('Speed 1.5×');
    await press('Speed 2×');
    expect(await faults()).toEqual([]);
    expect(await listed()).toContain('Voice message, 0:12');
  });

  it('r_k4 a recalled picture is gone, also from the viewer, and cannot be edited again', async () => {
    const { seq } = world.tell('ann', 'bob', 'TIMImageElem', image('a'));
    await open();
    await press('Picture a.jpg');
    await screen.findByRole('dialog', { name: 'Viewer' });
    world.recall('ann', 'C2Cbob', seq);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Picture a.jpg' })).toBeNull());
    expect(screen.queryByRole('button', { name: 'Edit again?' })).toBeNull();
  });

  it('words are in the person’s language', async () => {
    tell('TIMImageElem', image('a'));
    await open('zh-CN');
    expect(await button('图片 a.jpg')).toBeTruthy();
    expect(await listed()).toContain('图片');
  });
});

describe('the viewer', () => {
  it('goes through the conversation by keys, forwards, and gives the focus back', async () => {
    for (const letter of ['a', 'b', 'c']) tell('TIMImageElem', image(letter));
    await open();
    const opener = await button('Picture b.jpg');
    opener.focus();
    await user.click(opener);
    const dialog = await screen.findByRole('dialog', { name: 'Viewer' });
    expect(within(dialog).getByRole('group', { name: 'Picture b.jpg' })).toBeTruthy();
    expect(await faults()).toEqual([]);
    await fireEvent.keyDown(dialog, { key: 'ArrowRight' });
    await within(dialog).findByRole('group', { name: 'Picture c.jpg' });
    await fireEvent.keyDown(dialog, { key: 'ArrowLeft' });
    await fireEvent.keyDown(dialog, { key: 'ArrowLeft' });
    await within(dialog).findByRole('group', { name: 'Picture a.jpg' });
    await fireEvent.keyDown(dialog, { key: 'c', ctrlKey: true });
    await waitFor(() => expect(requests('copyImage')[0]?.request).toEqual({ fileID: id('a') }));
    await user.click(within(dialog).getByRole('button', { name: 'Forward' }));
    await screen.findByRole('dialog', { name: 'Forward to' });
    await press('Cancel');
    await fireEvent(dialog, new Event('cancel'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.activeElement).toBe(opener);
  });
});

describe('before sending', () => {
  const drop = (names: string[], inFolders: string[] = []): void => {
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(null);
    bridge.drop(
      names.map((name) => ({ name })),
      600,
      300,
      inFolders.map((name) => ({ name })),
    );
  };
  const tiles = () => screen.findByRole('list', { name: 'Files to send' });

  it('r_i4 dropped files are shown, put in order by keys, and sent as one album with a caption', async () => {
    await open();
    drop(['a.jpg', 'b.jpg', 'c.jpg']);
    const first = await within(await tiles()).findByRole('button', { name: 'a.jpg, 1 of 3' });
    expect(await screen.findByText('To Bob')).toBeTruthy();
    expect(await faults()).toEqual([]);
    first.focus();
    await user.keyboard('{Alt>}{ArrowRight}{/Alt}');
    await screen.findByRole('button', { name: 'a.jpg, 2 of 3' });
    await user.type(await screen.findByRole('textbox', { name: 'Caption' }), 'The pier{Enter}');
    await waitFor(() => expect(sent()).toHaveLength(3));
    const payloads = sent().map(({ outgoing }) => outgoing.payload as Record<string, unknown>);
    expect(payloads.map((each) => each['fileName'])).toEqual(['b.jpg', 'a.jpg', 'c.jpg']);
    expect(payloads.map((each) => each['caption'])).toEqual(['The pier', '', '']);
    expect(new Set(payloads.map((each) => each['album'])).size).toBe(1);
    expect(payloads[0]?.['album']).not.toBe('');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('files that were opened with Tidings go to whom one chooses', async () => {
    await open();
    bridge.openFiles([{ name: 'a.jpg' }, { name: 'b.jpg' }]);
    await screen.findByRole('dialog', { name: 'Send the 2 files to …' });
    expect(requests('attachDropped')).toEqual([]);
    await user.click(await screen.findByRole('option', { name: 'Bob' }));
    expect(await within(await tiles()).findByRole('button', { name: 'b.jpg, 2 of 2' })).toBeTruthy();
    expect(await screen.findByText('To Bob')).toBeTruthy();
  });

  it('files that are opened while one is asked go with those before', async () => {
    await open();
    bridge.openFiles([{ name: 'a.jpg' }]);
    await screen.findByRole('dialog', { name: 'Send the file to …' });
    bridge.openFiles([{ name: 'b.jpg' }]);
    await screen.findByRole('dialog', { name: 'Send the 2 files to …' });
    await user.click(await screen.findByRole('option', { name: 'Bob' }));
    expect(await within(await tiles()).findByRole('button', { name: 'b.jpg, 2 of 2' })).toBeTruthy();
  });

  it('files that are opened with Tidings before anybody is signed in wait for that, and are said to', async () => {
    bridge = world.bridge(null);
    session = new Session(timOn(bridge).create({ SDKAppID: 1 }));
    render(App, { session });
    bridge.openFiles([{ name: 'a.jpg' }]);
    await session.start();
    expect(
      await screen.findByText('Sign in first. The files that were opened wait until then.'),
    ).toBeTruthy();
    await session.signingIn(async () =>
      session.tim.login({ userID: 'ann', password: 'correct horse', server: 'harbour.local:4433' }),
    );
    expect(await screen.findByRole('dialog', { name: 'Send the file to …' })).toBeTruthy();
  });

  it('files that were opened with Tidings and are wanted by nobody are not read', async () => {
    await open();
    bridge.openFiles([{ name: 'a.jpg' }]);
    const dialog = await screen.findByRole('dialog', { name: 'Send the file to …' });
    await fireEvent(dialog, new Event('cancel'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(requests('attachDropped')).toEqual([]);
    expect(session.files.handed).toEqual([]);
  });

  it('as files every byte stays as it is', async () => {
    await open();
    drop(['a.jpg', 'b.jpg']);
    await tiles();
    expect(await screen.findByText(/Place and camera data are taken out/u)).toBeTruthy();
    await user.click(await screen.findByRole('radio', { name: 'Files' }));
    await screen.findByText(/Every byte as it is/u);
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    await waitFor(() =>
      expect(sent().map(({ outgoing }) => outgoing.type)).toEqual(['TIMFileElem', 'TIMFileElem']),
    );
  });

  it('each goes as a file or as a picture by itself, by the key F or its button, and one switch turns them all', async () => {
    await open();
    drop(['a.jpg', 'b.jpg', 'c.jpg']);
    (await within(await tiles()).findByRole('button', { name: 'b.jpg, 2 of 3' })).focus();
    await user.keyboard('f');
    expect(await screen.findByText('b.jpg goes as a file')).toBeTruthy();
    const radio = (name: string) => screen.getByRole('radio', { name }) as HTMLInputElement;
    expect([radio('Pictures').checked, radio('Files').checked]).toEqual([false, false]);
    await user.click(radio('Files'));
    await press('Send a.jpg as a file');
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    await waitFor(() =>
      expect(sent().map(({ outgoing }) => outgoing.type)).toEqual([
        'TIMImageElem',
        'TIMFileElem',
        'TIMFileElem',
      ]),
    );
  });

  it('more can be added as pictures, videos or files', async () => {
    await open();
    drop(['a.jpg']);
    await tiles();
    bridge.given = [{ name: 'b.jpg' }];
    await press('Add more');
    await user.click(await screen.findByRole('menuitem', { name: 'Pictures' }));
    expect(await screen.findByRole('button', { name: 'b.jpg, 2 of 2' })).toBeTruthy();
    expect(requests('pickFiles').map(({ request }) => request)).toEqual([{ kind: 'image' }]);
  });

  it('h28 of two hundred only some are drawn at once', async () => {
    await open();
    drop(Array.from({ length: 200 }, (_none, index) => `${index}.jpg`));
    await screen.findByRole('button', { name: '0.jpg, 1 of 200' });
    const drawn = () => document.querySelectorAll('[data-tile]').length;
    expect(drawn()).toBeLessThan(60);
    (await screen.findByRole('button', { name: '0.jpg, 1 of 200' })).focus();
    await user.keyboard('{End}');
    await waitFor(() =>
      expect(document.activeElement?.getAttribute('aria-label')).toBe('199.jpg, 200 of 200'),
    );
  });

  it('what was chosen waits when another conversation comes in between, and the page is kept for it', async () => {
    world.say('cleo', 'ann', 'Hello');
    await open();
    drop(['a.jpg', 'b.jpg']);
    await tiles();
    await user.type(await screen.findByRole('textbox', { name: 'Caption' }), 'Not yet');
    await waitFor(() => expect(requests('lookAt').at(-1)?.request).toMatchObject({ isBusy: true }));
    bridge.emit({ event: 'conversationOpened', conversationID: 'C2Ccleo' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await screen.findByText('Files')).toBeTruthy();
    bridge.emit({ event: 'conversationOpened', conversationID: 'C2Cbob' });
    expect(await screen.findByRole('button', { name: 'b.jpg, 2 of 2' })).toBeTruthy();
    expect(((await screen.findByRole('textbox', { name: 'Caption' })) as HTMLTextAreaElement).value).toBe(
      'Not yet',
    );
    expect(requests('discardAttachment')).toEqual([]);
    await fireEvent(await screen.findByRole('dialog'), new Event('cancel'));
    await press('Do not send');
    await waitFor(() => expect(requests('lookAt').at(-1)?.request).toMatchObject({ isBusy: false }));
    expect(requests('discardAttachment')).toHaveLength(2);
  });

  it('what cannot be sent says why and stays behind', async () => {
    await open();
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(null);
    bridge.drop([{ name: 'a.jpg' }, { name: 'nothing.txt', size: 0 }], 600, 300);
    expect(await screen.findByText('This file is empty.')).toBeTruthy();
    expect(await screen.findByText('1 file cannot be sent and stays behind.')).toBeTruthy();
    expect(await faults()).toEqual([]);
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    await waitFor(() => expect(sent()).toHaveLength(1));
  });

  it('pictures that go as files say why, and files that were chosen as files do not', async () => {
    await open();
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(null);
    const files = [
      { name: 'wide.png', kind: 'file', whyFile: 'tooLarge' },
      { name: 'cut.png', kind: 'file', whyFile: 'broken' },
      { name: 'torn.png', kind: 'file', whyFile: 'broken' },
      { name: 'a.pdf' },
    ] as const;
    bridge.drop([...files], 600, 300);
    const said =
      '1 picture goes as a file: it is too large to be shown. 2 pictures go as files: they are damaged.';
    expect(await screen.findByText(said)).toBeTruthy();
  });

  it('folders are not sent, their files are offered', async () => {
    await open();
    drop([], ['in a folder.txt']);
    await screen.findByText('A folder cannot be sent as it is.');
    await press('Add the files in it');
    expect(await screen.findByRole('button', { name: 'in a folder.txt, 1 of 1' })).toBeTruthy();
  });

  it('a drop on a conversation of the list goes there', async () => {
    world.say('cleo', 'ann', 'Hello');
    await open();
    const row = await screen.findByRole('listitem', { name: /^Cleo/u });
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(row);
    bridge.drop([{ name: 'a.jpg' }], 40, 200);
    expect(await screen.findByText('To Cleo')).toBeTruthy();
    expect(session.openID).toBe('C2Ccleo');
  });

  it('while files are dragged it is said to whom they would go', async () => {
    await open();
    vi.spyOn(document, 'elementFromPoint').mockReturnValue(null);
    vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 400, 400));
    bridge.emit({ event: 'dragEntered', count: 2, x: 500, y: 300 });
    expect(await screen.findByText('Send to Bob')).toBeTruthy();
    bridge.emit({ event: 'dragLeft' });
    await waitFor(() => expect(screen.queryByText('Send to Bob')).toBeNull());
  });

  it('Escape asks when something would be lost, and forgets the drafts when nothing is', async () => {
    await open();
    drop(['a.jpg']);
    await user.type(await screen.findByRole('textbox', { name: 'Caption' }), 'Not yet');
    await fireEvent(await screen.findByRole('dialog'), new Event('cancel'));
    await press('Do not send');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(requests('discardAttachment')).toHaveLength(1);
    drop(['b.jpg']);
    await tiles();
    await fireEvent(await screen.findByRole('dialog'), new Event('cancel'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent()).toEqual([]);
  });

  it('what was being written becomes the caption, and stays when nothing is sent', async () => {
    await open();
    const box = (await screen.findByRole('textbox', { name: 'Message' })) as HTMLTextAreaElement;
    await user.type(box, 'Look');
    drop(['a.jpg']);
    const caption = (await screen.findByRole('textbox', { name: 'Caption' })) as HTMLTextAreaElement;
    expect(caption.value).toBe('Look');
    await user.type(caption, '{Enter}');
    await waitFor(() => expect(sent()[0]?.outgoing.payload).toMatchObject({ caption: 'Look' }));
    expect(box.value).toBe('');
  });
});

describe('ways in', () => {
  it('the picker takes pictures, videos and files, and nothing happens when it is cancelled', async () => {
    await open();
    await press('Attach');
    await user.click(await screen.findByRole('menuitem', { name: 'Pictures' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    bridge.given = [{ name: 'log.pdf' }];
    await press('Attach');
    expect(await faults()).toEqual([]);
    await user.click(await screen.findByRole('menuitem', { name: 'Files' }));
    expect(await screen.findByRole('button', { name: 'log.pdf, 1 of 1' })).toBeTruthy();
    expect(requests('pickFiles').map(({ request }) => request)).toEqual([
      { kind: 'image' },
      { kind: 'file' },
    ]);
  });

  it('where no dialog can be shown that is said', async () => {
    await open();
    bridge.isBare = true;
    await press('Attach');
    await user.click(await screen.findByRole('menuitem', { name: 'Videos' }));
    expect(await screen.findByText(/This desktop shows no file dialog/u)).toBeTruthy();
  });

  const paste = async (data: Record<string, string>, files: File[] = []): Promise<void> => {
    const box = await screen.findByRole('textbox', { name: 'Message' });
    const types = [...Object.keys(data), ...(files.length > 0 ? ['Files'] : [])];
    const event = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { types, files, getData: (type: string) => data[type] ?? '' } });
    await fireEvent(box, event);
  };

  it('r_i2 a pasted picture crosses in parts; a paste with nothing in it asks the desktop', async () => {
    await open();
    await paste({}, [new File([new Uint8Array(10)], 'shot.png', { type: 'image/png' })]);
    expect(await screen.findByRole('button', { name: 'shot.png, 1 of 1' })).toBeTruthy();
    expect(requests('pasteFiles')).toEqual([]);
    bridge.given = [{ name: 'native.png' }];
    await paste({});
    expect(await screen.findByRole('button', { name: 'native.png, 2 of 2' })).toBeTruthy();
  });

  it('files that were copied in a file manager are files; text with a picture beside it is text', async () => {
    await open();
    bridge.given = [{ name: 'a.jpg' }];
    await paste({ 'text/plain': 'Words' }, [new File(['x'], 'shot.png')]);
    expect(requests('pasteFiles')).toEqual([]);
    await paste({ 'text/uri-list': 'file:///home/ann/a.jpg', 'text/plain': '/home/ann/a.jpg' });
    expect(await screen.findByRole('button', { name: 'a.jpg, 1 of 1' })).toBeTruthy();
  });

  it('r_a2 a voice message is recorded, heard again and sent', async () => {
    await open();
    await press('Record a voice message');
    await screen.findByRole('group', { name: 'Recording a voice message' });
    await waitFor(async () => expect(((await button('Stop')) as HTMLButtonElement).disabled).toBe(false));
    expect(await faults()).toEqual([]);
    await press('Stop');
    expect(await button('Play')).toBeTruthy();
    await press('Send voice message');
    await waitFor(() => expect(sent()[0]?.outgoing.type).toBe('TIMSoundElem'));
    expect(await screen.findByRole('textbox', { name: 'Message' })).toBe(document.activeElement);
  });

  it('r_a2 a recording stays with its conversation: it ends when another one is opened, and waits there', async () => {
    world.say('cleo', 'ann', 'Hello');
    await open();
    await press('Record a voice message');
    await waitFor(async () => expect(((await button('Stop')) as HTMLButtonElement).disabled).toBe(false));
    await waitFor(() => expect(requests('lookAt').at(-1)?.request).toMatchObject({ isBusy: true }));
    await user.click(await screen.findByRole('button', { name: /^Cleo/u }));
    await waitFor(() => expect(requests('recordStop')).toHaveLength(1));
    expect(screen.queryByRole('group', { name: 'Recording a voice message' })).toBeNull();
    expect(await screen.findByText('Voice message')).toBeTruthy();
    // The microphone is free for another one.
    await press('Record a voice message');
    await waitFor(async () => expect(((await button('Stop')) as HTMLButtonElement).disabled).toBe(false));
    await press('Discard recording');
    await user.click(await screen.findByRole('button', { name: /^Bob/u }));
    expect(await button('Play')).toBeTruthy();
    expect(sent()).toEqual([]);
    await press('Send voice message');
    await waitFor(() => expect(sent()[0]?.outgoing.type).toBe('TIMSoundElem'));
    expect(requests('discardAttachment')).toEqual([]);
    await waitFor(() => expect(requests('lookAt').at(-1)?.request).toMatchObject({ isBusy: false }));
  });

  it('r_a3 without a microphone that is said, and a recording that is thrown away is gone', async () => {
    await open();
    bridge.refuseNext.set('recordStart', refusal(120023, 'not_found'));
    await press('Record a voice message');
    expect(await screen.findByText(/No microphone can be used/u)).toBeTruthy();
    await press('Close');
    await press('Record a voice message');
    await waitFor(async () => expect(((await button('Stop')) as HTMLButtonElement).disabled).toBe(false));
    await press('Discard recording');
    await waitFor(() => expect(requests('recordCancel')).toHaveLength(1));
    expect(sent()).toEqual([]);
  });
});

describe('on the way', () => {
  it('r_f4 a file shows how far it is, rests, goes on and can be cancelled', async () => {
    await open();
    bridge.uploadTime = null;
    bridge.given = [{ name: 'log.pdf', size: 1000 }];
    await press('Attach');
    await user.click(await screen.findByRole('menuitem', { name: 'Files' }));
    await screen.findByRole('button', { name: 'log.pdf, 1 of 1' });
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    const bar = await screen.findByRole('progressbar');
    const [, mine] = await screen.findAllByRole('article');
    const clientID = (requests('sendMessage')[0]?.request as { message: { clientId: string } }).message
      .clientId;
    bridge.uploaded(clientID, 0.5);
    await waitFor(() => expect(bar.getAttribute('aria-valuenow')).toBe('50'));
    await press('Pause');
    expect(await within(mine as HTMLElement).findByText('Paused')).toBeTruthy();
    await press('Go on');
    expect(await faults()).toEqual([]);
    await press('Cancel sending');
    await waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull());
    expect(sent()).toEqual([]);
  });
});

describe('being prepared', () => {
  const preparing = async (name: string): Promise<HTMLElement> => {
    await open();
    bridge.uploadTime = null;
    bridge.given = [{ name, preparing: true }];
    await press('Attach');
    await user.click(await screen.findByRole('menuitem', { name: 'Files' }));
    await screen.findByRole('button', { name: `${name}, 1 of 1` });
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send' }));
    await screen.findByRole('progressbar');
    const { clientId: clientID } = (requests('sendMessage')[0]?.request as { message: { clientId: string } })
      .message;
    const rest = { fileID: '', direction: 'up', done: 0, total: 0, state: 'preparing', error: null } as const;
    bridge.emit({ event: 'transferProgress', conversationID: 'C2Cbob', clientID, ...rest });
    const [, mine] = await screen.findAllByRole('article');
    return mine as HTMLElement;
  };

  it('b14 what was sent before it is prepared is with the engine: the page may go', async () => {
    const mine = await preparing('log.pdf');
    expect(await within(mine).findByText('Preparing…')).toBeTruthy();
    await waitFor(() => expect(session.isBusy).toBe(false));
    expect(requests('lookAt').at(-1)?.request).toMatchObject({ isBusy: false });
    expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
    expect(await faults()).toEqual([]);
  });

  it.each(['log.pdf', 'pier.jpg'])('%s is taken back while it is prepared', async (name) => {
    const mine = await preparing(name);
    await user.click(await within(mine).findByRole('button', { name: 'Cancel sending' }));
    await waitFor(() => expect(requests('discardMessage')).toHaveLength(1));
    expect(sent()).toEqual([]);
  });
});

describe('originals that nobody asked for', () => {
  const infos = (original: string, large: string, thumb: string): object[] =>
    [original, large, thumb].map((letter, index) => ({ ...sized(800, 600, letter)[index] }));
  const asked = (letter: string): boolean =>
    [...document.querySelectorAll('img')].some((each) => each.src.endsWith(id(letter)));
  const lookedFor = (letter: string): boolean =>
    [...document.querySelectorAll('img')].some((each) => each.src.endsWith(`${id(letter)}?here`));
  const never = { media: { limitBytes: 1_073_741_824, autoDownloadBytes: 0 } };

  /** Everything is in sight, and that is told at once. */
  class InSight {
    constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
      queueMicrotask(() => tell([{ isIntersecting: true }]));
    }
    observe(): void {}
    disconnect(): void {}
  }

  it('stay away with "Never": small forms come, a moving picture and an original when they are pressed', async () => {
    vi.stubGlobal('IntersectionObserver', InSight);
    tell('TIMImageElem', image('a', { imageInfoArray: infos('a', 'a', 'b') }));
    tell('TIMImageElem', image('c', { imageInfoArray: infos('c', 'd', 'e') }));
    tell('TIMImageElem', image('f', { imageInfoArray: infos('f', '1', '2'), animated: true }));
    tell('TIMImageElem', image('3', { imageInfoArray: infos('3', '3', '3') }));
    bridge = world.bridge('ann', { settings: never });
    await openOn(bridge);
    const originals = ['a', 'c', 'f', '3'];
    await waitFor(() => expect(['b', 'd'].map(asked)).toEqual([true, true]));
    await waitFor(() => expect(['a', 'f', '3'].map(lookedFor)).toEqual([true, true, true]));
    expect(originals.map(asked)).toEqual([false, false, false, false]);
    for (const each of document.querySelectorAll('img[src$="?here"]')) await fireEvent.error(each);
    await waitFor(() => expect(asked('1')).toBe(true));
    expect(originals.map(asked)).toEqual([false, false, false, false]);
    expect(screen.queryByText('This cannot be shown just now.')).toBeNull();
    await user.click(await button('Play'));
    await waitFor(() => expect(asked('f')).toBe(true));
    await user.click(await button('Picture a.jpg'));
    await waitFor(() => expect(asked('a')).toBe(true));
  });

  it('come when they are looked at with any other choice', async () => {
    vi.stubGlobal('IntersectionObserver', InSight);
    tell('TIMImageElem', image('a', { imageInfoArray: infos('a', 'a', 'b') }));
    tell('TIMImageElem', image('f', { imageInfoArray: infos('f', '1', '2'), animated: true }));
    await open();
    await waitFor(() => expect(['a', 'f'].map(asked)).toEqual([true, true]));
  });
});

describe('what is kept', () => {
  it('media, files and links of a conversation stand by month', async () => {
    tell('TIMImageElem', image('a'));
    tell('TIMFileElem', file('log.pdf'));
    world.say('bob', 'ann', 'See https://harbour.example.org/log');
    await open();
    await press('Details');
    await press('Media, files and links');
    const panel = () => within(screen.getByRole('tabpanel'));
    await waitFor(() => expect(panel().getByRole('button', { name: 'Picture a.jpg' })).toBeTruthy());
    expect(panel().getByRole('heading', { level: 3 })).toBeTruthy();
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole('tab', { name: 'Files' }));
    await waitFor(() => expect(panel().getByRole('button', { name: /log.pdf/u })).toBeTruthy());
    await user.click(screen.getByRole('tab', { name: 'Links' }));
    await waitFor(() => expect(panel().getByRole('button', { name: /harbour.example.org/u })).toBeTruthy());
    const details = within(screen.getByRole('region', { name: 'Details' }));
    await user.click(details.getByRole('button', { name: 'Back' }));
    await waitFor(async () => expect(document.activeElement).toBe(await button('Media, files and links')));
  });

  it('storage says what is used, and clears it after a question', async () => {
    await open();
    await press('Settings');
    await user.click(await screen.findByRole('tab', { name: 'Storage' }));
    expect(await screen.findByText(/329\.7 MB of 1 GB|330 MB of 1 GB/u)).toBeTruthy();
    expect(await faults()).toEqual([]);
    await press('Remove kept files');
    await press('Remove');
    await waitFor(() => expect(screen.getByText(/0 bytes of 1 GB/u)).toBeTruthy());
    await user.click(screen.getByRole('radio', { name: '5 GB' }));
    await waitFor(() =>
      expect(requests('setSettings').at(-1)?.request).toMatchObject({
        settings: { media: { limitBytes: 5 * 1024 ** 3 } },
      }),
    );
  });
});
