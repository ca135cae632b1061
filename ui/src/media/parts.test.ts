import { describe, expect, it } from 'vitest';
import { pastedOf } from '../composer/pasted';
import { lengthInWords, sizeInWords } from '../words/amounts';
import { albumOf, mediaOf } from './content';
import { fileName, fileNameText, wholeFileName } from './names';
import { mosaicOf, pictureRoom } from './room';
import { sortOf } from './sorts';
import { FIT, fitted, held, zoomed } from './zoom';

describe('the room of pictures', () => {
  it('is never too wide, too high or too small, whatever the numbers say', () => {
    for (const size of [
      [4000, 3000],
      [1, 1_000_000],
      [1_000_000, 1],
      [1, 1],
      [0, 0],
      [-1, 5],
      [NaN, 3],
    ] as const) {
      const { width, height } = pictureRoom({ width: size[0], height: size[1] });
      expect(width).toBeGreaterThanOrEqual(120);
      expect(width).toBeLessThanOrEqual(380);
      expect(height).toBeGreaterThanOrEqual(72);
      expect(height).toBeLessThanOrEqual(410);
    }
  });

  it('of an album is filled without gaps, in order, for 2 to 10 pictures of any shape', () => {
    const shapes = [
      { width: 4000, height: 3000 },
      { width: 900, height: 4000 },
      { width: 9000, height: 100 },
      { width: 0, height: 0 },
    ];
    for (let count = 2; count <= 10; count += 1)
      for (let from = 0; from < shapes.length; from += 1) {
        const sizes = Array.from(
          { length: count },
          (_none, at) => shapes[(at + from) % 4] ?? { width: 1, height: 1 },
        );
        const { cells, height } = mosaicOf(sizes);
        expect(cells).toHaveLength(count);
        const area = cells.reduce((sum, each) => sum + each.width * each.height, 0);
        expect(area).toBeCloseTo(1, 6);
        expect(height).toBeGreaterThan(60);
        expect(height).toBeLessThan(1300);
        for (const cell of cells) expect(cell.x + cell.width).toBeLessThanOrEqual(1.000001);
      }
  });
});

describe('names of files', () => {
  it('h19 keep their real ending in sight', () => {
    expect(fileName('a.jpg.exe')).toEqual({ stem: 'a.jpg', ending: '.exe' });
    expect(fileNameText('holiday\u202Egpj.exe')).toBe('holiday␣gpj.exe');
    const long = fileNameText(`${'long '.repeat(60)}.desktop`);
    expect(long.endsWith('….desktop')).toBe(true);
    expect(wholeFileName(`${'long '.repeat(60)}.desktop`).endsWith('….desktop')).toBe(true);
    const usual = `${'long '.repeat(40)}name.tar.gz`;
    expect(wholeFileName(usual)).toBe(usual);
    expect(fileName('.bashrc')).toEqual({ stem: '.bashrc', ending: '' });
    expect(fileName('a. not an ending')).toEqual({ stem: 'a. not an ending', ending: '' });
    expect(fileName('')).toEqual({ stem: '', ending: '' });
  });

  it('say what sort they are', () => {
    expect(sortOf('A.PDF')).toBe('document');
    expect(sortOf('x.desktop')).toBe('program');
    expect(sortOf('x.pyzw')).toBe('program');
    expect(sortOf('README')).toBe('other');
  });
});

it('sizes and lengths are said in units of 1,024 and in minutes', () => {
  expect(sizeInWords(104_857_600, 'en')).toBe('100 MB');
  expect(sizeInWords(2_345_678, 'en')).toBe('2.2 MB');
  expect(sizeInWords(0, 'en')).toBe('0 bytes');
  expect(lengthInWords(65.9)).toBe('1:05');
  expect(lengthInWords(3723)).toBe('1:02:03');
});

describe('a paste', () => {
  const pasted = (data: Record<string, string>, files: File[] = []) =>
    pastedOf({
      types: Object.keys(data),
      files: files as unknown as FileList,
      getData: (type: string) => data[type] ?? '',
    });
  const picture = new File(['x'], 'a.png');

  it('is text, files, or what only the desktop knows', () => {
    expect(pasted({ 'text/plain': 'Hi' })).toEqual({ kind: 'text' });
    expect(pasted({ 'text/plain': 'Hi' }, [picture])).toEqual({ kind: 'text' });
    expect(pasted({}, [picture])).toEqual({ kind: 'files', files: [picture] });
    expect(pasted({})).toEqual({ kind: 'native', text: '' });
    expect(pasted({ 'text/html': '<img>' })).toEqual({ kind: 'text' });
    const files = { 'text/uri-list': 'file:///a b.jpg\r\nfile:///c', 'text/plain': 'a' };
    expect(pasted(files)).toEqual({ kind: 'native', text: 'a' });
    expect(pasted({ 'text/uri-list': 'https://a.example' })).toEqual({ kind: 'text' });
    // WebKitGTK, where files were copied in a file manager.
    expect(pasted({ 'text/uri-list': '' })).toEqual({ kind: 'native', text: '' });
  });
});

describe('payloads of others', () => {
  it('h36 of any shape are read or left out', () => {
    const types = ['TIMImageElem', 'TIMVideoFileElem', 'TIMSoundElem', 'TIMFileElem'];
    for (const type of types)
      for (const payload of [null, undefined, 1, 'x', [], {}, { uuid: {} }, { imageInfoArray: [1, 2, 3] }])
        expect(() => mediaOf({ type, payload })).not.toThrow();
    expect(mediaOf({ type: 'TIMTextElem', payload: { text: 'x' } })).toBeNull();
    const infos = [{}, {}, {}].map((_each, at) => ({
      sizeType: at + 1,
      width: '9',
      height: Infinity,
      url: 4,
    }));
    expect(mediaOf({ type: 'TIMImageElem', payload: { uuid: 'x', imageInfoArray: infos } })).toMatchObject({
      id: null,
      width: 0,
      height: 0,
      url: '',
    });
    expect(albumOf({ type: 'TIMFileElem', payload: { album: 'x' }, isRevoked: false })).toBe('');
  });
});

describe('zooming', () => {
  const picture = { width: 800, height: 600 };
  const room = { width: 1000, height: 700 };

  it('shows the whole first, and a small picture no larger than it is', () => {
    expect(fitted({ width: 4000, height: 3000 }, room)).toEqual({ width: 933.3333333333334, height: 700 });
    expect(fitted({ width: 40, height: 30 }, room)).toEqual({ width: 40, height: 30 });
  });

  it('keeps the point under the pointer where it is, and ends at the edges', () => {
    const near = zoomed(FIT, 2, 100, 50);
    expect(near).toEqual({ scale: 2, x: -100, y: -50 });
    expect(held({ scale: 2, x: 9999, y: -9999 }, picture, room)).toEqual({ scale: 2, x: 300, y: -250 });
    expect(zoomed(near, 0.1, 0, 0)).toEqual(FIT);
    expect(zoomed(FIT, 1e9, 0, 0).scale).toBe(12);
  });
});
